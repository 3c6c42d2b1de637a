package dev.redoubt.fault;

import java.util.OptionalInt;

/**
 * One bit of one 32-bit float changes in memory.
 *
 * @param id of the fault in its plan
 * @param when it strikes
 * @param target whom it strikes
 * @param site which memory
 * @param tensor name of the tensor in the program, such as {@code blocks.0.ffn.up}
 * @param element index in that tensor, in row-major order
 * @param bit 0 is the lowest of the mantissa, 31 the sign
 * @param microbatch for a gradient: which one, or empty for the first that the worker computes in
 *     that step
 * @param age for a stored copy: how many versions behind the one that the step reads, at least 1
 */
public record BitFlip(
    String id,
    When when,
    Target target,
    Site site,
    String tensor,
    long element,
    int bit,
    OptionalInt microbatch,
    OptionalInt age)
    implements Fault {

  /** The kind in scenario files. */
  public static final String KIND = "bit-flip";

  /** Checks what can be checked without knowing the model. */
  public BitFlip {
    require(bit >= 0 && bit < Float.SIZE, id, "a 32-bit float has bits 0 to 31, not " + bit);
    require(element >= 0, id, "elements count from 0, not " + element);
    require(
        microbatch.isEmpty() || (site == Site.GRADIENT && microbatch.getAsInt() >= 0),
        id,
        "a microbatch, from 0, belongs to the site gradient");
    require(
        age.isPresent() == (site == Site.STORED_COPY) && age.orElse(1) >= 1,
        id,
        "an age of at least 1 belongs to the site stored-copy, and to no other");
    require(
        when.phase() == Phase.COMPUTE || (site != Site.GRADIENT && site != Site.STORED_COPY),
        id,
        "the site " + site.kebab() + " is struck in the phase compute");
  }

  /** A flip in a version's parameters or moments. */
  public static BitFlip inState(
      String id, When when, Target target, Site site, String tensor, long element, int bit) {
    OptionalInt none = OptionalInt.empty();
    return new BitFlip(id, when, target, site, tensor, element, bit, none, none);
  }

  /** A flip in the gradient of one microbatch. */
  public static BitFlip inGradient(
      String id,
      When when,
      Target target,
      String tensor,
      long element,
      int bit,
      OptionalInt microbatch) {
    return new BitFlip(
        id, when, target, Site.GRADIENT, tensor, element, bit, microbatch, OptionalInt.empty());
  }

  /** A flip in an older version's parameters. */
  public static BitFlip inStoredCopy(
      String id, When when, Target target, String tensor, long element, int bit, int age) {
    return new BitFlip(
        id,
        when,
        target,
        Site.STORED_COPY,
        tensor,
        element,
        bit,
        OptionalInt.empty(),
        OptionalInt.of(age));
  }

  private static void require(boolean holds, String id, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("fault '" + id + "': " + rule);
    }
  }

  @Override
  public String kind() {
    return KIND;
  }
}
