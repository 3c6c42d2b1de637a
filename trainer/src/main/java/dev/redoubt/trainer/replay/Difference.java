package dev.redoubt.trainer.replay;

import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * How two matrices of 32-bit floats differ, of which one is expected and one was found.
 *
 * @param rows of both
 * @param columns of both
 * @param count elements whose bits differ
 * @param first of them, row by row
 * @param largestDeviation over all that differ: {@code |found - expected| / |expected|}; infinite
 *     if it cannot be told, as for an expected zero or what is not finite
 */
public record Difference(
    int rows, int columns, long count, Element first, double largestDeviation) {

  /**
   * One element whose bits differ.
   *
   * @param row from 0
   * @param column from 0
   * @param expectedBits of the float
   * @param foundBits of the float
   */
  public record Element(int row, int column, int expectedBits, int foundBits) {

    /** Which bits differ: 0 is the lowest of the mantissa, 31 the sign. */
    public List<Integer> bits() {
      return BitSet.valueOf(new long[] {Integer.toUnsignedLong(expectedBits ^ foundBits)}).stream()
          .boxed()
          .toList();
    }

    public float expected() {
      return Float.intBitsToFloat(expectedBits);
    }

    public float found() {
      return Float.intBitsToFloat(foundBits);
    }

    double deviation() {
      double deviation = Math.abs(((double) found() - expected()) / expected());
      return Double.isNaN(deviation) ? Double.POSITIVE_INFINITY : deviation;
    }
  }

  /** Reads the bits of an element, counted row by row. */
  @FunctionalInterface
  interface Bits {
    int at(int index);
  }

  /** Compares two matrices bit by bit; empty if they are the same. */
  static Optional<Difference> of(int rows, int columns, Bits expected, Bits found) {
    Element first = null;
    long count = 0;
    double largest = 0;
    for (int at = 0; at < rows * columns; at++) {
      if (expected.at(at) != found.at(at)) {
        Element element = new Element(at / columns, at % columns, expected.at(at), found.at(at));
        first = first == null ? element : first;
        count++;
        largest = Math.max(largest, element.deviation());
      }
    }
    return first == null
        ? Optional.empty()
        : Optional.of(new Difference(rows, columns, count, first, largest));
  }

  /** Such as {@code element [3, 17] of 64 x 128, bit 30: 0.25 became 8.5e37}. */
  @Override
  public String toString() {
    List<Integer> bits = first.bits();
    String others = count == 1 ? "" : "; %d elements differ".formatted(count);
    return "element [%d, %d] of %d x %d, %s %s: %s became %s (largest relative deviation %.3g)%s"
        .formatted(
            first.row(),
            first.column(),
            rows,
            columns,
            bits.size() == 1 ? "bit" : "bits",
            String.join(", ", bits.stream().map(String::valueOf).toList()),
            first.expected(),
            first.found(),
            largestDeviation,
            others);
  }
}
