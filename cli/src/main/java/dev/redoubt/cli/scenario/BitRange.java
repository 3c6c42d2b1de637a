package dev.redoubt.cli.scenario;

/**
 * Bits of a 32-bit float.
 *
 * @param from the lowest, from 0
 * @param to the highest
 */
record BitRange(int from, int to) {

  /** Reads {@code all}, the name of a part of a float, a bit, or two with a hyphen. */
  static BitRange parse(String text) {
    return switch (text) {
      case "all" -> new BitRange(0, 31);
      case "mantissa" -> new BitRange(0, 22);
      case "exponent" -> new BitRange(23, 30);
      case "sign" -> new BitRange(31, 31);
      default -> {
        String[] ends = text.split("-", 2);
        yield new BitRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
      }
    };
  }

  boolean isInFloat() {
    return from <= to && to < Float.SIZE;
  }
}
