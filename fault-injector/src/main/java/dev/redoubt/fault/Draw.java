package dev.redoubt.fault;

/** Random bits that are a function of a seed and a number (the finalizer of SplitMix64). */
final class Draw {

  private static final double UNIT = 0x1p-53;

  private Draw() {}

  static long bits(long seed, long number) {
    long mixed = seed + (number + 1) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }

  /** Whether something of that probability happens. */
  static boolean happens(double probability, long seed, long number) {
    return probability == 1 || (bits(seed, number) >>> 11) * UNIT < probability;
  }
}
