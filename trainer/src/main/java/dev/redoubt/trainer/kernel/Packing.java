package dev.redoubt.trainer.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies a block of the right factor into a panel: row k holds the {@link Tiles#COLUMNS} columns
 * that a tile reads at k, with zeros beyond the edge.
 */
final class Packing {

  private static final long FLOAT = Float.BYTES;
  private static final long PANEL_ROW = FLOAT * Tiles.COLUMNS;
  private static final int SQUARE = 4;
  private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;

  /** Interleaves the lower, or the upper, halves of two vectors; negative is the second one. */
  private static final VectorShuffle<Float> LOW = VectorShuffle.fromValues(FOUR, 0, -4, 1, -3);

  private static final VectorShuffle<Float> HIGH = VectorShuffle.fromValues(FOUR, 2, -2, 3, -1);

  private Packing() {}

  /**
   * Packs a factor that is stored depth by columns.
   *
   * @param b address of its element at the block's first depth and column
   * @param rowBytes from one depth to the next
   */
  static void straight(long b, long rowBytes, int depth, int columns, long panel) {
    if (columns == Tiles.COLUMNS) {
      for (int k = 0; k < depth; k++) {
        long to = panel + k * PANEL_ROW;
        Memory.store(Memory.load(b + k * rowBytes), to);
        Memory.store(Memory.load(b + k * rowBytes + Memory.STEP), to + Memory.STEP);
      }
    } else {
      edge(b, rowBytes, FLOAT, depth, columns, panel);
    }
  }

  /**
   * Packs a factor that is stored columns by depth.
   *
   * @param b address of its element at the block's first depth and column
   * @param rowBytes from one column to the next
   */
  static void transposed(long b, long rowBytes, int depth, int columns, long panel) {
    int wholeDepth = columns == Tiles.COLUMNS ? depth - depth % SQUARE : 0;
    for (int n = 0; wholeDepth > 0 && n < columns; n += SQUARE) {
      squares(b + n * rowBytes, rowBytes, wholeDepth, panel + n * FLOAT);
    }
    long from = b + wholeDepth * FLOAT;
    long to = panel + wholeDepth * PANEL_ROW;
    edge(from, FLOAT, rowBytes, depth - wholeDepth, columns, to);
  }

  /** Four columns of the factor, four depths at a time: 4 x 4 squares turned in registers. */
  private static void squares(long b, long rowBytes, int depth, long panel) {
    long from = b;
    long to = panel;
    for (int k = 0; k < depth; k += SQUARE) {
      FloatVector r0 = Memory.load(FOUR, from);
      FloatVector r1 = Memory.load(FOUR, from + rowBytes);
      FloatVector r2 = Memory.load(FOUR, from + 2 * rowBytes);
      FloatVector r3 = Memory.load(FOUR, from + 3 * rowBytes);
      FloatVector low02 = r0.rearrange(LOW, r2);
      FloatVector high02 = r0.rearrange(HIGH, r2);
      FloatVector low13 = r1.rearrange(LOW, r3);
      FloatVector high13 = r1.rearrange(HIGH, r3);
      Memory.store(low02.rearrange(LOW, low13), to);
      Memory.store(low02.rearrange(HIGH, low13), to + PANEL_ROW);
      Memory.store(high02.rearrange(LOW, high13), to + 2 * PANEL_ROW);
      Memory.store(high02.rearrange(HIGH, high13), to + 3 * PANEL_ROW);
      from += SQUARE * FLOAT;
      to += SQUARE * PANEL_ROW;
    }
  }

  private static void edge(
      long b, long depthStep, long columnStep, int depth, int columns, long panel) {
    for (int k = 0; k < depth; k++) {
      long to = panel + k * PANEL_ROW;
      long from = b + k * depthStep;
      for (int n = 0; n < columns; n++) {
        Memory.set(to + n * FLOAT, Memory.get(from + n * columnStep));
      }
      for (int n = columns; n < Tiles.COLUMNS; n++) {
        Memory.set(to + n * FLOAT, 0f);
      }
    }
  }
}
