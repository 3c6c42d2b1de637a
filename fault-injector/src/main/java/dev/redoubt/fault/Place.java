package dev.redoubt.fault;

import java.util.OptionalInt;

/**
 * Where data are changed.
 *
 * @param site which memory
 * @param name the tensor in the program, such as {@code blocks.0.ffn.up}; for {@link
 *     Site#ACTIVATIONS} and {@link Site#PRODUCT} the operation, with its tile or without; empty for
 *     tokens and digests
 * @param element index in that tensor or output, row-major, from 0
 * @param microbatch for what belongs to one: which, or empty for the first that the worker computes
 *     in that step
 * @param age for a stored copy: how many versions behind the one that the step reads, at least 1
 */
public record Place(Site site, String name, long element, OptionalInt microbatch, OptionalInt age) {

  /** Checks what can be checked without knowing the model. */
  public Place {
    require(element >= 0, "elements count from 0, not " + element);
    require(
        microbatch.isEmpty() || (site.ofMicrobatch() && microbatch.getAsInt() >= 0),
        "a microbatch, from 0, belongs to the sites gradient, activations, product and tokens");
    require(
        age.isPresent() == (site == Site.STORED_COPY) && age.orElse(1) >= 1,
        "an age of at least 1 belongs to the site stored-copy, and to no other");
    require(
        name.isEmpty() != site.named(),
        site.named() ? "a tensor or an operation is to be named" : "nothing is to be named");
  }

  /** A place that is there once on a worker. */
  public static Place of(Site site, String name, long element) {
    return new Place(site, name, element, OptionalInt.empty(), OptionalInt.empty());
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }

  /** Whether it belongs to that microbatch, or to whichever comes first. */
  boolean isIn(int computed) {
    return microbatch.orElse(computed) == computed;
  }

  @Override
  public String toString() {
    return name.isEmpty() ? site.kebab() : site.kebab() + " of " + name;
  }
}
