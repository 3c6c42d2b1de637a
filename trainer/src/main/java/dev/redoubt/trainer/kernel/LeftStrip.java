package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.ANY;
import static dev.redoubt.trainer.kernel.Memory.LANES;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A few rows of the left factor in the first-level cache, {@link #DEPTH} deep at most.
 *
 * <p>Copied as they stand, by rows or by columns: turning them would cost more than it gives. The
 * copy keeps rows that are a power of two apart from falling into one set of the cache.
 */
final class LeftStrip {

  /** Rows of the product that one strip serves. */
  static final int ROWS = 16;

  static final int DEPTH = 256;

  /** Floats from row to row: a line more than the depth, so that rows fall into different sets. */
  static final int STRIDE = DEPTH + 16;

  private static final long FLOAT = Float.BYTES;
  private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;
  private static final int QUARTER = FOUR.length();

  final float[] values = new float[ROWS * STRIDE];

  private boolean byColumns;

  /**
   * Takes a factor that is stored rows by depth.
   *
   * @param a address of its first element
   * @param rowBytes from row to row
   */
  void takeRows(long a, long rowBytes, int depth, int rows) {
    byColumns = false;
    int row = 0;
    for (; row + 4 <= rows; row += 4) {
      fourRows(a + row * rowBytes, rowBytes, depth, values, row * STRIDE);
    }
    for (; row < rows; row++) {
      row(a + row * rowBytes, 0, depth, values, row * STRIDE);
    }
  }

  /**
   * Takes a factor that is stored depth by rows.
   *
   * @param a address of its first element
   * @param depthBytes from one depth to the next
   */
  void takeColumns(long a, long depthBytes, int depth, int rows) {
    byColumns = true;
    if (rows < ROWS) {
      for (int k = 0; k < depth; k++) {
        row(a + k * depthBytes, 0, rows, values, k * ROWS);
      }
      return;
    }
    for (int part = 0; part < ROWS; part += LANES) {
      wholeColumns(a + part * FLOAT, depthBytes, depth, values, part);
    }
  }

  /**
   * {@code c = start + } the products of a panel and the strip, tile by tile.
   *
   * @param rows of the target; those of the last tile are all written
   * @param right the panels
   * @param at where the panel begins
   */
  void multiply(
      int rows,
      float[] right,
      int at,
      int depth,
      long start,
      long startStep,
      long c,
      long cStep) {
    for (int row = 0; row < rows; row += Tiles.ROWS) {
      long from = start + row * startStep;
      long to = c + row * cStep;
      if (byColumns) {
        Tiles.columns(values, row, right, at, depth, from, startStep, to, cStep);
      } else {
        Tiles.rows(values, row * STRIDE, right, at, depth, from, startStep, to, cStep);
      }
    }
  }

  private static void wholeColumns(long a, long depthBytes, int depth, float[] to, int at) {
    long from = a;
    for (int k = 0; k < depth; k++) {
      fromMemorySegment(SPECIES, ALL, from & ANY, LITTLE_ENDIAN).intoArray(to, at + k * ROWS);
      from += depthBytes;
    }
  }

  private static void fourRows(long a, long rowBytes, int depth, float[] to, int at) {
    long row0 = a & ANY;
    long row1 = (a + rowBytes) & ANY;
    long row2 = (a + 2 * rowBytes) & ANY;
    long row3 = (a + 3 * rowBytes) & ANY;
    int whole = depth - depth % LANES;
    for (int k = 0; k < whole; k += LANES) {
      long from = k * FLOAT;
      int into = at + k;
      fromMemorySegment(SPECIES, ALL, row0 + from, LITTLE_ENDIAN).intoArray(to, into);
      fromMemorySegment(SPECIES, ALL, row1 + from, LITTLE_ENDIAN).intoArray(to, into + STRIDE);
      fromMemorySegment(SPECIES, ALL, row2 + from, LITTLE_ENDIAN).intoArray(to, into + 2 * STRIDE);
      fromMemorySegment(SPECIES, ALL, row3 + from, LITTLE_ENDIAN).intoArray(to, into + 3 * STRIDE);
    }
    for (int row = 0; whole < depth && row < 4; row++) {
      row(a + row * rowBytes, whole, depth, to, at + row * STRIDE);
    }
  }

  /** A run of floats that may be shorter than a vector. */
  private static void row(long a, int start, int end, float[] to, int at) {
    long from = a & ANY;
    int quarters = end - (end - start) % QUARTER;
    for (int k = start; k < quarters; k += QUARTER) {
      fromMemorySegment(FOUR, ALL, from + k * FLOAT, LITTLE_ENDIAN).intoArray(to, at + k);
    }
    for (int k = quarters; k < end; k++) {
      to[at + k] = Memory.get(from + k * FLOAT);
    }
  }
}
