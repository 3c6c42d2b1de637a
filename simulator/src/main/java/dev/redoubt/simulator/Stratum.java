package dev.redoubt.simulator;

import dev.redoubt.fault.Site;

/**
 * A part of all the faults that could be, from which injections are drawn with equal chances.
 *
 * @param site one of those of the class
 * @param bitFrom the lowest bit of a float that is struck, 0 to 31
 * @param bitTo the highest
 */
public record Stratum(FaultClass kind, Site site, int bitFrom, int bitTo) {

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
  }

  /** How many bits of a float it reaches. */
  int bits() {
    return bitTo - bitFrom + 1;
  }

  /** The name in tables, such as {@code memory/parameters/23-30}; all bits are not named. */
  public String label() {
    String place = kind.kebab() + "/" + site.kebab();
    return bits() == Float.SIZE ? place : place + "/" + bitFrom + "-" + bitTo;
  }
}
