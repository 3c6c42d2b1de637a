package dev.redoubt.simulator;

import dev.redoubt.fault.Recurrence;
import dev.redoubt.fault.Site;

/**
 * A part of all the faults that could be, from which injections are drawn with equal chances.
 *
 * @param site one of those of the class
 * @param bitFrom the lowest bit that is struck, 0 to 31
 * @param bitTo the highest
 * @param shape what is done to the element and those behind it
 * @param lasts how long, and how often; of a core that lasts for good, with which probability
 */
public record Stratum(
    FaultClass kind, Site site, int bitFrom, int bitTo, Shape shape, Recurrence lasts) {

  /** One bit, once. */
  public Stratum(FaultClass kind, Site site, int bitFrom, int bitTo) {
    this(kind, site, bitFrom, bitTo, Shape.BIT, Recurrence.ONCE);
  }

  /** Refuses what has no faults in it. */
  public Stratum {
    if (!kind.sites().contains(site)) {
      throw new IllegalArgumentException(
          "the class %s strikes %s, not %s".formatted(kind.kebab(), kind.sites(), site.kebab()));
    }
    if (bitFrom < 0 || bitTo < bitFrom || bitTo >= Float.SIZE) {
      throw new IllegalArgumentException(
          "bits %d to %d of a float of 32".formatted(bitFrom, bitTo));
    }
    boolean alone = kind == FaultClass.CORE || kind == FaultClass.ATTESTATION;
    boolean mayLast = kind == FaultClass.CORE && lasts.steps() == Integer.MAX_VALUE;
    if (alone && !(shape == Shape.BIT && (lasts.once() || mayLast))) {
      throw new IllegalArgumentException(
          "the class %s has no other shape than bit, and lasts as it does".formatted(kind.kebab()));
    }
    boolean hasOlder =
        site == Site.PARAMETERS || site == Site.FIRST_MOMENTS || site == Site.SECOND_MOMENTS;
    if (shape == Shape.STALE_READ && !hasOlder) {
      throw new IllegalArgumentException(site.kebab() + " has no older version to be read");
    }
  }

  /** How many bits it reaches. */
  int bits() {
    return bitTo - bitFrom + 1;
  }

  /**
   * The name in tables, such as {@code memory/parameters/23-30}; all bits, one bit and once are not
   * named.
   */
  public String label() {
    StringBuilder label = new StringBuilder(kind.kebab()).append('/').append(site.kebab());
    if (bits() != Float.SIZE) {
      label.append('/').append(bitFrom).append('-').append(bitTo);
    }
    if (shape != Shape.BIT) {
      label.append('/').append(shape.kebab());
    }
    if (kind == FaultClass.CORE && !lasts.once()) {
      label.append("/probability-").append(lasts.probability());
    } else if (!lasts.once()) {
      label.append("/lasts-").append(lasts.steps()).append('-').append(lasts.probability());
    }
    return label.toString();
  }
}
