package dev.redoubt.trainer.kernel;

import jdk.incubator.vector.FloatVector;

/**
 * The register blocks of the matrix product: a few rows by two vectors of columns.
 *
 * <p>Eight rows fill the 32 registers of AVX-512; four rows fit into the 16 of AVX2. Twelve rows
 * were slower (registers spill). Each tile is one small method: larger ones pass the compiler's
 * node limit, which boxes every vector.
 */
final class Tiles {

  /** Rows of the largest tile at this vector width. */
  static final int ROWS = Memory.LANES >= 16 ? 8 : 4;

  /** Columns of every tile. */
  static final int COLUMNS = 2 * Memory.LANES;

  private static final long PANEL_STEP = 2L * Memory.STEP;

  private Tiles() {}

  /**
   * {@code c[i, :] += sum over k of a[i, k] * panel[k, :]} for eight rows.
   *
   * @param a address of the first element of the left factor
   * @param rowStep bytes from one of its rows to the next
   * @param depthStep bytes from one k to the next
   * @param panel packed right factor: {@code depth} rows of {@link #COLUMNS}
   * @param c address of the target, {@code cStep} bytes from row to row
   */
  static void eight(
      long a, long rowStep, long depthStep, long panel, int depth, long c, long cStep) {
    long d = c + 4 * cStep;
    FloatVector c00 = Memory.load(c), c01 = Memory.load(c + Memory.STEP);
    FloatVector c10 = Memory.load(c + cStep), c11 = Memory.load(c + cStep + Memory.STEP);
    FloatVector c20 = Memory.load(c + 2 * cStep), c21 = Memory.load(c + 2 * cStep + Memory.STEP);
    FloatVector c30 = Memory.load(c + 3 * cStep), c31 = Memory.load(c + 3 * cStep + Memory.STEP);
    FloatVector c40 = Memory.load(d), c41 = Memory.load(d + Memory.STEP);
    FloatVector c50 = Memory.load(d + cStep), c51 = Memory.load(d + cStep + Memory.STEP);
    FloatVector c60 = Memory.load(d + 2 * cStep), c61 = Memory.load(d + 2 * cStep + Memory.STEP);
    FloatVector c70 = Memory.load(d + 3 * cStep), c71 = Memory.load(d + 3 * cStep + Memory.STEP);
    long left = a;
    long right = panel;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = Memory.load(right);
      FloatVector b1 = Memory.load(right + Memory.STEP);
      FloatVector x = Memory.broadcast(Memory.get(left));
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = Memory.broadcast(Memory.get(left + rowStep));
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = Memory.broadcast(Memory.get(left + 2 * rowStep));
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = Memory.broadcast(Memory.get(left + 3 * rowStep));
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      x = Memory.broadcast(Memory.get(left + 4 * rowStep));
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      x = Memory.broadcast(Memory.get(left + 5 * rowStep));
      c50 = x.fma(b0, c50);
      c51 = x.fma(b1, c51);
      x = Memory.broadcast(Memory.get(left + 6 * rowStep));
      c60 = x.fma(b0, c60);
      c61 = x.fma(b1, c61);
      x = Memory.broadcast(Memory.get(left + 7 * rowStep));
      c70 = x.fma(b0, c70);
      c71 = x.fma(b1, c71);
      left += depthStep;
      right += PANEL_STEP;
    }
    store(c, c00, c01);
    store(c + cStep, c10, c11);
    store(c + 2 * cStep, c20, c21);
    store(c + 3 * cStep, c30, c31);
    store(d, c40, c41);
    store(d + cStep, c50, c51);
    store(d + 2 * cStep, c60, c61);
    store(d + 3 * cStep, c70, c71);
  }

  /** The same for four rows. */
  static void four(
      long a, long rowStep, long depthStep, long panel, int depth, long c, long cStep) {
    FloatVector c00 = Memory.load(c), c01 = Memory.load(c + Memory.STEP);
    FloatVector c10 = Memory.load(c + cStep), c11 = Memory.load(c + cStep + Memory.STEP);
    FloatVector c20 = Memory.load(c + 2 * cStep), c21 = Memory.load(c + 2 * cStep + Memory.STEP);
    FloatVector c30 = Memory.load(c + 3 * cStep), c31 = Memory.load(c + 3 * cStep + Memory.STEP);
    long left = a;
    long right = panel;
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = Memory.load(right);
      FloatVector b1 = Memory.load(right + Memory.STEP);
      FloatVector x = Memory.broadcast(Memory.get(left));
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = Memory.broadcast(Memory.get(left + rowStep));
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = Memory.broadcast(Memory.get(left + 2 * rowStep));
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = Memory.broadcast(Memory.get(left + 3 * rowStep));
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      left += depthStep;
      right += PANEL_STEP;
    }
    store(c, c00, c01);
    store(c + cStep, c10, c11);
    store(c + 2 * cStep, c20, c21);
    store(c + 3 * cStep, c30, c31);
  }

  /** The same for one row: the edge. */
  static void one(long a, long depthStep, long panel, int depth, long c) {
    FloatVector c0 = Memory.load(c);
    FloatVector c1 = Memory.load(c + Memory.STEP);
    long left = a;
    long right = panel;
    for (int k = 0; k < depth; k++) {
      FloatVector x = Memory.broadcast(Memory.get(left));
      c0 = x.fma(Memory.load(right), c0);
      c1 = x.fma(Memory.load(right + Memory.STEP), c1);
      left += depthStep;
      right += PANEL_STEP;
    }
    store(c, c0, c1);
  }

  private static void store(long c, FloatVector first, FloatVector second) {
    Memory.store(first, c);
    Memory.store(second, c + Memory.STEP);
  }
}
