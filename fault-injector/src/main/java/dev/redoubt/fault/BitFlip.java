package dev.redoubt.fault;

import java.util.OptionalInt;

/**
 * One bit of one 32-bit float changes in memory, of a token's id, or of the 64 of a digest.
 *
 * @param id of the fault in its plan
 * @param when it strikes
 * @param target whom it strikes
 * @param site which memory
 * @param tensor name of the tensor in the program, such as {@code blocks.0.ffn.up}; see {@link
 *     Place#name}
 * @param element index in that tensor, in row-major order
 * @param bit 0 is the lowest of the mantissa, 31 the sign
 * @param microbatch for a gradient, an activation, a token: which one, or empty for the first that
 *     the worker computes in that step
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
    implements MemoryFault {

  /** The kind in scenario files. */
  public static final String KIND = "bit-flip";

  /** Checks what can be checked without knowing the model. */
  public BitFlip {
    int bits = site.isDigest() ? Long.SIZE : Float.SIZE;
    require(
        bit >= 0 && bit < bits,
        id,
        "%s has bits 0 to %d, not %d"
            .formatted(bits == Long.SIZE ? "a digest" : "a 32-bit float", bits - 1, bit));
    try {
      Place ignored = new Place(site, tensor, element, microbatch, age);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("fault '" + id + "': " + e.getMessage(), e);
    }
    require(
        site.phases().contains(when.phase()),
        id,
        "the site " + site.kebab() + " is struck in the phase " + site.phasesInWords());
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
  public Place place() {
    return new Place(site, tensor, element, microbatch, age);
  }

  @Override
  public Pattern pattern() {
    return new Pattern.Bits(1 << bit);
  }

  @Override
  public Recurrence recurrence() {
    return Recurrence.ONCE;
  }

  @Override
  public boolean everywhere() {
    return false;
  }

  @Override
  public String kind() {
    return KIND;
  }
}
