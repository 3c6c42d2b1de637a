package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.ANY;
import static dev.redoubt.trainer.kernel.Memory.LANES;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static dev.redoubt.trainer.kernel.Memory.STEP;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * A block of the right factor in the second-level cache, cut into panels: row k of a panel holds
 * the {@link Tiles#COLUMNS} columns that a tile reads at k, with zeros beyond the edge.
 */
final class RightBlock {

  /** Half a megabyte, which leaves room for the rest in the second-level caches of today. */
  static final int FLOATS = 1 << 17;

  private static final long FLOAT = Float.BYTES;
  private static final int SQUARE = 4;
  private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;

  /** Interleaves the lower, or the upper, halves of two vectors; negative is the second one. */
  private static final VectorShuffle<Float> LOW = VectorShuffle.fromValues(FOUR, 0, -4, 1, -3);

  private static final VectorShuffle<Float> HIGH = VectorShuffle.fromValues(FOUR, 2, -2, 3, -1);

  final float[] values = new float[FLOATS];

  /** Where the panel that begins at a column of the block stands. */
  static int panel(int column, int depth) {
    return column * depth;
  }

  /**
   * Takes a factor that is stored depth by columns.
   *
   * @param b address of the block's first element
   * @param rowBytes from one depth to the next
   */
  void take(long b, long rowBytes, int depth, int columns) {
    for (int n = 0; n < columns; n += Tiles.COLUMNS) {
      long from = b + n * FLOAT;
      int width = Math.min(Tiles.COLUMNS, columns - n);
      if (width == Tiles.COLUMNS) {
        straight(from, rowBytes, depth, values, panel(n, depth));
      } else {
        edge(from, rowBytes, FLOAT, 0, depth, width, panel(n, depth));
      }
    }
  }

  /**
   * Takes a factor that is stored columns by depth.
   *
   * @param b address of the block's first element
   * @param rowBytes from one column to the next
   */
  void takeTransposed(long b, long rowBytes, int depth, int columns) {
    for (int n = 0; n < columns; n += Tiles.COLUMNS) {
      long from = b + n * rowBytes;
      int width = Math.min(Tiles.COLUMNS, columns - n);
      int whole = width == Tiles.COLUMNS ? depth - depth % SQUARE : 0;
      for (int column = 0; whole > 0 && column < width; column += SQUARE) {
        int at = panel(n, depth) + column;
        squares(from + column * rowBytes, rowBytes, whole, values, at);
      }
      edge(from, FLOAT, rowBytes, whole, depth, width, panel(n, depth));
    }
  }

  private static void straight(long b, long rowBytes, int depth, float[] to, int at) {
    long from = b;
    for (int k = 0; k < depth; k++) {
      long row = from & ANY;
      int into = at + k * Tiles.COLUMNS;
      fromMemorySegment(SPECIES, ALL, row, LITTLE_ENDIAN).intoArray(to, into);
      fromMemorySegment(SPECIES, ALL, row + STEP, LITTLE_ENDIAN).intoArray(to, into + LANES);
      from += rowBytes;
    }
  }

  /** Four columns of the factor, four depths at a time: 4 x 4 squares turned in registers. */
  private static void squares(long b, long rowBytes, int depth, float[] to, int at) {
    long row0 = b & ANY;
    long row1 = (b + rowBytes) & ANY;
    long row2 = (b + 2 * rowBytes) & ANY;
    long row3 = (b + 3 * rowBytes) & ANY;
    for (int k = 0; k < depth; k += SQUARE) {
      FloatVector r0 = fromMemorySegment(FOUR, ALL, row0 + k * FLOAT, LITTLE_ENDIAN);
      FloatVector r1 = fromMemorySegment(FOUR, ALL, row1 + k * FLOAT, LITTLE_ENDIAN);
      FloatVector r2 = fromMemorySegment(FOUR, ALL, row2 + k * FLOAT, LITTLE_ENDIAN);
      FloatVector r3 = fromMemorySegment(FOUR, ALL, row3 + k * FLOAT, LITTLE_ENDIAN);
      FloatVector low02 = r0.rearrange(LOW, r2);
      FloatVector high02 = r0.rearrange(HIGH, r2);
      FloatVector low13 = r1.rearrange(LOW, r3);
      FloatVector high13 = r1.rearrange(HIGH, r3);
      int into = at + k * Tiles.COLUMNS;
      low02.rearrange(LOW, low13).intoArray(to, into);
      low02.rearrange(HIGH, low13).intoArray(to, into + Tiles.COLUMNS);
      high02.rearrange(LOW, high13).intoArray(to, into + 2 * Tiles.COLUMNS);
      high02.rearrange(HIGH, high13).intoArray(to, into + 3 * Tiles.COLUMNS);
    }
  }

  private void edge(
      long b, long depthStep, long columnStep, int start, int depth, int columns, int at) {
    for (int k = start; k < depth; k++) {
      long from = b + k * depthStep;
      int to = at + k * Tiles.COLUMNS;
      for (int n = 0; n < columns; n++) {
        values[to + n] = Memory.get(from + n * columnStep);
      }
      for (int n = columns; n < Tiles.COLUMNS; n++) {
        values[to + n] = 0f;
      }
    }
  }
}
