package dev.redoubt.trainer.kernel;

import java.lang.foreign.SegmentAllocator;
import java.util.Arrays;

/**
 * Matrix products: every element accumulates over the contraction in index order, by fused
 * multiply-add, so the blocking below does not show in the bits.
 *
 * <p>The right factor is packed, a panel at a time; the left one is read in place, by rows or by
 * columns. The contraction is cut into blocks of {@value #DEPTH}, between which the target is
 * stored and loaded again, which rounds nothing. The scheme is that of Goto and van de Geijn,
 * "Anatomy of High-Performance Matrix Multiplication" (2008), without the packing of the left
 * factor, which did not pay here. Not thread-safe: the panel belongs to one thread.
 */
public final class Products {

  static final int DEPTH = 256;

  private static final long FLOAT = Float.BYTES;

  private final Matrix panel;
  private final float[] tile = new float[Tiles.ROWS * Tiles.COLUMNS];

  /** Takes about 33 KiB for the panel from {@code allocator}. */
  public Products(SegmentAllocator allocator) {
    panel = Matrix.allocate(allocator, DEPTH, Tiles.COLUMNS);
  }

  /**
   * {@code c = a b} with a of m x k, b of k x n, c of m x n.
   *
   * @throws IllegalArgumentException if the shapes do not fit together
   */
  public void nn(Matrix a, Matrix b, Matrix c, Into into) {
    b.checkShape(a.columns(), c.columns());
    c.checkShape(a.rows(), b.columns());
    product(a.address(), a.rowBytes(), FLOAT, a.columns(), b, false, c, into);
  }

  /**
   * {@code c = a b'} with a of m x k, b of n x k, c of m x n.
   *
   * @throws IllegalArgumentException if the shapes do not fit together
   */
  public void nt(Matrix a, Matrix b, Matrix c, Into into) {
    b.checkShape(c.columns(), a.columns());
    c.checkShape(a.rows(), b.rows());
    product(a.address(), a.rowBytes(), FLOAT, a.columns(), b, true, c, into);
  }

  /**
   * {@code c = a' b} with a of k x m, b of k x n, c of m x n.
   *
   * @throws IllegalArgumentException if the shapes do not fit together
   */
  public void tn(Matrix a, Matrix b, Matrix c, Into into) {
    b.checkShape(a.rows(), c.columns());
    c.checkShape(a.columns(), b.columns());
    product(a.address(), FLOAT, a.rowBytes(), a.rows(), b, false, c, into);
  }

  private void product(
      long a,
      long rowStep,
      long depthStep,
      int depth,
      Matrix b,
      boolean transposed,
      Matrix c,
      Into into) {
    if (depth == 0 && into == Into.OVERWRITE) {
      Elementwise.zero(c);
    }
    for (int k = 0; k < depth; k += DEPTH) {
      int block = Math.min(DEPTH, depth - k);
      for (int n = 0; n < c.columns(); n += Tiles.COLUMNS) {
        int columns = Math.min(Tiles.COLUMNS, c.columns() - n);
        pack(b, transposed, k, block, n, columns);
        boolean fresh = k == 0 && into == Into.OVERWRITE;
        strip(a + k * depthStep, rowStep, depthStep, block, c, n, columns, fresh);
      }
    }
  }

  private void pack(Matrix b, boolean transposed, int k, int depth, int n, int columns) {
    if (transposed) {
      Packing.transposed(b.row(n) + k * FLOAT, b.rowBytes(), depth, columns, panel.address());
    } else {
      Packing.straight(b.row(k) + n * FLOAT, b.rowBytes(), depth, columns, panel.address());
    }
  }

  /** All rows of the target, by the columns of one panel. */
  private void strip(
      long a,
      long rowStep,
      long depthStep,
      int depth,
      Matrix c,
      int n,
      int columns,
      boolean fresh) {
    long target = c.address() + n * FLOAT;
    long cStep = c.rowBytes();
    int rows = c.rows();
    for (int row = 0; row < rows; ) {
      int count = tileRows(rows - row);
      long to = target + row * cStep;
      if (fresh) {
        Arrays.fill(tile, 0f);
      } else {
        Tiles.read(to, cStep, count, columns, tile);
      }
      tile(count, a + row * rowStep, rowStep, depthStep, depth);
      Tiles.write(tile, count, columns, to, cStep);
      row += count;
    }
  }

  private static int tileRows(int left) {
    return left >= Tiles.ROWS ? Tiles.ROWS : left >= 4 ? 4 : 1;
  }

  private void tile(int rows, long a, long rowStep, long depthStep, int depth) {
    switch (rows) {
      case 8 -> Tiles.eight(a, rowStep, depthStep, panel.address(), depth, tile);
      case 4 -> Tiles.four(a, rowStep, depthStep, panel.address(), depth, tile);
      default -> Tiles.one(a, depthStep, panel.address(), depth, tile);
    }
  }

  /**
   * The definition of the bits: {@code c[i, j] = fma(a[i, k], b[k, j], c[i, j])} for k in order.
   *
   * @param a of m x k, or k x m if {@code aTransposed}
   * @param b of k x n, or n x k if {@code bTransposed}
   */
  static void scalar(
      Matrix a, boolean aTransposed, Matrix b, boolean bTransposed, Matrix c, Into into) {
    int depth = aTransposed ? a.rows() : a.columns();
    for (int i = 0; i < c.rows(); i++) {
      for (int j = 0; j < c.columns(); j++) {
        float sum = into == Into.OVERWRITE ? 0f : c.get(i, j);
        for (int k = 0; k < depth; k++) {
          float left = aTransposed ? a.get(k, i) : a.get(i, k);
          float right = bTransposed ? b.get(j, k) : b.get(k, j);
          sum = Math.fma(left, right, sum);
        }
        c.set(i, j, sum);
      }
    }
  }
}
