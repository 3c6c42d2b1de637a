package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.FLOAT;
import static dev.redoubt.trainer.kernel.Memory.LANES;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static dev.redoubt.trainer.kernel.Memory.STEP;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import jdk.incubator.vector.FloatVector;

/**
 * The register blocks of the matrix product: a few rows by two vectors of columns.
 *
 * <p>Eight rows fill the 32 registers of AVX-512; four rows fit into the 16 of AVX2. Twelve rows
 * were slower (registers spill). The sums come and go through a small heap array, and the vector
 * API is called here without the small methods of {@link Memory}: both spare the compiler nodes.
 * Past its limit it inlines only what the JDK forces it to, and one call that is not inlined boxes
 * every vector: 20 times slower.
 */
final class Tiles {

  /** Rows of the largest tile at this vector width. */
  static final int ROWS = LANES >= 16 ? 8 : 4;

  /** Columns of every tile. */
  static final int COLUMNS = 2 * LANES;

  private static final long PANEL_STEP = 2L * STEP;

  private Tiles() {}

  /**
   * {@code tile[i, :] += sum over k of a[i, k] * panel[k, :]} for eight rows.
   *
   * @param a address of the first element of the left factor
   * @param rowStep bytes from one of its rows to the next
   * @param depthStep bytes from one k to the next
   * @param panel packed right factor: {@code depth} rows of {@link #COLUMNS}
   * @param tile the sums, rows of {@link #COLUMNS}
   */
  static void eight(long a, long rowStep, long depthStep, long panel, int depth, float[] tile) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, tile, 0);
    FloatVector c01 = FloatVector.fromArray(SPECIES, tile, LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, tile, COLUMNS);
    FloatVector c11 = FloatVector.fromArray(SPECIES, tile, COLUMNS + LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, tile, 2 * COLUMNS);
    FloatVector c21 = FloatVector.fromArray(SPECIES, tile, 2 * COLUMNS + LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, tile, 3 * COLUMNS);
    FloatVector c31 = FloatVector.fromArray(SPECIES, tile, 3 * COLUMNS + LANES);
    FloatVector c40 = FloatVector.fromArray(SPECIES, tile, 4 * COLUMNS);
    FloatVector c41 = FloatVector.fromArray(SPECIES, tile, 4 * COLUMNS + LANES);
    FloatVector c50 = FloatVector.fromArray(SPECIES, tile, 5 * COLUMNS);
    FloatVector c51 = FloatVector.fromArray(SPECIES, tile, 5 * COLUMNS + LANES);
    FloatVector c60 = FloatVector.fromArray(SPECIES, tile, 6 * COLUMNS);
    FloatVector c61 = FloatVector.fromArray(SPECIES, tile, 6 * COLUMNS + LANES);
    FloatVector c70 = FloatVector.fromArray(SPECIES, tile, 7 * COLUMNS);
    FloatVector c71 = FloatVector.fromArray(SPECIES, tile, 7 * COLUMNS + LANES);
    long left = a;
    long right = panel;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, ALL, right, LITTLE_ENDIAN);
      FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, ALL, right + STEP, LITTLE_ENDIAN);
      FloatVector x = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, left));
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, left + rowStep));
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, left + 2 * rowStep));
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, left + 3 * rowStep));
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      x = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, left + 4 * rowStep));
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      x = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, left + 5 * rowStep));
      c50 = x.fma(b0, c50);
      c51 = x.fma(b1, c51);
      x = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, left + 6 * rowStep));
      c60 = x.fma(b0, c60);
      c61 = x.fma(b1, c61);
      x = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, left + 7 * rowStep));
      c70 = x.fma(b0, c70);
      c71 = x.fma(b1, c71);
      left += depthStep;
      right += PANEL_STEP;
    }
    c00.intoArray(tile, 0);
    c01.intoArray(tile, LANES);
    c10.intoArray(tile, COLUMNS);
    c11.intoArray(tile, COLUMNS + LANES);
    c20.intoArray(tile, 2 * COLUMNS);
    c21.intoArray(tile, 2 * COLUMNS + LANES);
    c30.intoArray(tile, 3 * COLUMNS);
    c31.intoArray(tile, 3 * COLUMNS + LANES);
    c40.intoArray(tile, 4 * COLUMNS);
    c41.intoArray(tile, 4 * COLUMNS + LANES);
    c50.intoArray(tile, 5 * COLUMNS);
    c51.intoArray(tile, 5 * COLUMNS + LANES);
    c60.intoArray(tile, 6 * COLUMNS);
    c61.intoArray(tile, 6 * COLUMNS + LANES);
    c70.intoArray(tile, 7 * COLUMNS);
    c71.intoArray(tile, 7 * COLUMNS + LANES);
  }

  /** The same for four rows. */
  static void four(long a, long rowStep, long depthStep, long panel, int depth, float[] tile) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, tile, 0);
    FloatVector c01 = FloatVector.fromArray(SPECIES, tile, LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, tile, COLUMNS);
    FloatVector c11 = FloatVector.fromArray(SPECIES, tile, COLUMNS + LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, tile, 2 * COLUMNS);
    FloatVector c21 = FloatVector.fromArray(SPECIES, tile, 2 * COLUMNS + LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, tile, 3 * COLUMNS);
    FloatVector c31 = FloatVector.fromArray(SPECIES, tile, 3 * COLUMNS + LANES);
    long left = a;
    long right = panel;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, ALL, right, LITTLE_ENDIAN);
      FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, ALL, right + STEP, LITTLE_ENDIAN);
      FloatVector x = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, left));
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, left + rowStep));
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, left + 2 * rowStep));
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, left + 3 * rowStep));
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      left += depthStep;
      right += PANEL_STEP;
    }
    c00.intoArray(tile, 0);
    c01.intoArray(tile, LANES);
    c10.intoArray(tile, COLUMNS);
    c11.intoArray(tile, COLUMNS + LANES);
    c20.intoArray(tile, 2 * COLUMNS);
    c21.intoArray(tile, 2 * COLUMNS + LANES);
    c30.intoArray(tile, 3 * COLUMNS);
    c31.intoArray(tile, 3 * COLUMNS + LANES);
  }

  /** The same for one row: the edge. */
  static void one(long a, long depthStep, long panel, int depth, float[] tile) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, tile, 0);
    FloatVector c01 = FloatVector.fromArray(SPECIES, tile, LANES);
    long left = a;
    long right = panel;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromMemorySegment(SPECIES, ALL, right, LITTLE_ENDIAN);
      FloatVector b1 = FloatVector.fromMemorySegment(SPECIES, ALL, right + STEP, LITTLE_ENDIAN);
      FloatVector x = FloatVector.broadcast(SPECIES, ALL.get(FLOAT, left));
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      left += depthStep;
      right += PANEL_STEP;
    }
    c00.intoArray(tile, 0);
    c01.intoArray(tile, LANES);
  }

  /** Fills some rows of the tile from {@code c}, {@code cStep} bytes from row to row. */
  static void read(long c, long cStep, int rows, int columns, float[] tile) {
    for (int row = 0; row < rows; row++) {
      long from = c + row * cStep;
      if (columns == COLUMNS) {
        Memory.load(from).intoArray(tile, row * COLUMNS);
        Memory.load(from + STEP).intoArray(tile, row * COLUMNS + LANES);
      } else {
        for (int j = 0; j < columns; j++) {
          tile[row * COLUMNS + j] = Memory.get(from + (long) j * Float.BYTES);
        }
      }
    }
  }

  /** Writes some rows of the tile to {@code c}. */
  static void write(float[] tile, int rows, int columns, long c, long cStep) {
    for (int row = 0; row < rows; row++) {
      long to = c + row * cStep;
      if (columns == COLUMNS) {
        Memory.store(FloatVector.fromArray(SPECIES, tile, row * COLUMNS), to);
        Memory.store(FloatVector.fromArray(SPECIES, tile, row * COLUMNS + LANES), to + STEP);
      } else {
        for (int j = 0; j < columns; j++) {
          Memory.set(to + (long) j * Float.BYTES, tile[row * COLUMNS + j]);
        }
      }
    }
  }
}
