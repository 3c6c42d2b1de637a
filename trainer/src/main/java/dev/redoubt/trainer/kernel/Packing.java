package dev.redoubt.trainer.kernel;

/**
 * Copies a block of the right factor into a panel: row k holds the {@link Tiles#COLUMNS} columns
 * that a tile reads at k, with zeros beyond the edge.
 */
final class Packing {

  private static final long FLOAT = Float.BYTES;

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
        long to = panel + k * FLOAT * Tiles.COLUMNS;
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
    edge(b, FLOAT, rowBytes, depth, columns, panel);
  }

  private static void edge(
      long b, long depthStep, long columnStep, int depth, int columns, long panel) {
    for (int k = 0; k < depth; k++) {
      long to = panel + k * FLOAT * Tiles.COLUMNS;
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
