package dev.redoubt.trainer.kernel;

import java.lang.foreign.SegmentAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products: every element accumulates over the contraction in index order, by fused
 * multiply-add, so the blocking below does not show in the bits.
 *
 * <p>The scheme is that of Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication" (2008), with the right factor in the second-level cache and a strip of the left
 * one in the first-level cache. The contraction is cut into blocks, between which the target is
 * stored and loaded again, which rounds nothing. Not thread-safe: the copies belong to one thread.
 */
public final class Products {

  private static final long FLOAT = Float.BYTES;

  private final LeftStrip left = new LeftStrip();
  private final RightBlock right = new RightBlock();

  /** Stands for the target where tiles reach beyond it. */
  private final Matrix corner;

  private final Matrix zeros;

  private @Nullable ProductCheck watching;

  /** Takes some 2 KiB from {@code allocator}, and half a megabyte from the heap. */
  public Products(SegmentAllocator allocator) {
    corner = Matrix.allocate(allocator, LeftStrip.ROWS, Tiles.COLUMNS);
    zeros = Matrix.allocate(allocator, 1, Tiles.COLUMNS);
  }

  /**
   * From now on the check sees what each product packs, so that it can look at the result; null for
   * none. The bits are the same.
   */
  public void watch(@Nullable ProductCheck check) {
    watching = check;
  }

  /**
   * {@code c = a b} with a of m x k, b of k x n, c of m x n.
   *
   * @throws IllegalArgumentException if the shapes do not fit together
   */
  public void nn(Matrix a, Matrix b, Matrix c, Into into) {
    b.checkShape(a.columns(), c.columns());
    c.checkShape(a.rows(), b.columns());
    product(a, false, b, false, c, into);
  }

  /**
   * {@code c = a b'} with a of m x k, b of n x k, c of m x n.
   *
   * @throws IllegalArgumentException if the shapes do not fit together
   */
  public void nt(Matrix a, Matrix b, Matrix c, Into into) {
    b.checkShape(c.columns(), a.columns());
    c.checkShape(a.rows(), b.rows());
    product(a, false, b, true, c, into);
  }

  /**
   * {@code c = a' b} with a of k x m, b of k x n, c of m x n.
   *
   * @throws IllegalArgumentException if the shapes do not fit together
   */
  public void tn(Matrix a, Matrix b, Matrix c, Into into) {
    b.checkShape(a.rows(), c.columns());
    c.checkShape(a.columns(), b.columns());
    product(a, true, b, false, c, into);
  }

  private void product(
      Matrix a, boolean aTransposed, Matrix b, boolean bTransposed, Matrix c, Into into) {
    int depth = aTransposed ? a.rows() : a.columns();
    ProductCheck check = watching;
    if (check != null) {
      check.begin(c, depth, aTransposed, into);
    }
    if (depth == 0 && into == Into.OVERWRITE) {
      Elementwise.zero(c);
    }
    int deep = even(depth, LeftStrip.DEPTH, 1);
    int wide = even(c.columns(), RightBlock.FLOATS / Math.max(1, deep), Tiles.COLUMNS);
    for (int n = 0; n < c.columns(); n += wide) {
      int columns = Math.min(wide, c.columns() - n);
      for (int k = 0; k < depth; k += deep) {
        int block = Math.min(deep, depth - k);
        pack(b, bTransposed, k, block, n, columns);
        boolean fresh = k == 0 && into == Into.OVERWRITE;
        ProductCheck sees = n == 0 ? check : null;
        if (sees != null) {
          sees.beginBlock(block);
        }
        strips(a, aTransposed, k, block, c, n, columns, fresh, sees);
        if (sees != null) {
          sees.endBlock(k, block);
        }
        if (check != null) {
          check.right(right.values, k, block, n, columns);
        }
      }
    }
  }

  /** The length of equal parts of {@code total}, whole units, none longer than {@code limit}. */
  private static int even(int total, int limit, int unit) {
    int units = Math.ceilDiv(total, unit);
    int parts = Math.max(1, Math.ceilDiv(units, Math.max(1, limit / unit)));
    return Math.max(1, Math.ceilDiv(units, parts)) * unit;
  }

  private void pack(Matrix b, boolean transposed, int k, int depth, int n, int columns) {
    if (transposed) {
      right.takeTransposed(b.row(n) + k * FLOAT, b.rowBytes(), depth, columns);
    } else {
      right.take(b.row(k) + n * FLOAT, b.rowBytes(), depth, columns);
    }
  }

  /**
   * All rows of the target, by the columns of the right block.
   *
   * @param check sees the strips of the left factor; null if it has seen them, or there is none
   */
  private void strips(
      Matrix a,
      boolean transposed,
      int k,
      int depth,
      Matrix c,
      int n,
      int columns,
      boolean fresh,
      @Nullable ProductCheck check) {
    for (int m = 0; m < c.rows(); m += LeftStrip.ROWS) {
      int rows = Math.min(LeftStrip.ROWS, c.rows() - m);
      if (transposed) {
        left.takeColumns(a.row(k) + m * FLOAT, a.rowBytes(), depth, rows);
      } else {
        left.takeRows(a.row(m) + k * FLOAT, a.rowBytes(), depth, rows);
      }
      if (check != null) {
        check.left(left.values, m, rows, depth);
      }
      long target = c.row(m) + n * FLOAT;
      for (int panel = 0; panel < columns; panel += Tiles.COLUMNS) {
        int width = Math.min(Tiles.COLUMNS, columns - panel);
        tiles(rows, depth, panel, width, target + panel * FLOAT, c.rowBytes(), fresh);
      }
    }
  }

  /** The rows of the strip, by the columns of one panel. */
  private void tiles(
      int rows, int depth, int panel, int columns, long target, long rowBytes, boolean fresh) {
    int at = RightBlock.panel(panel, depth);
    long zero = zeros.address();
    if (columns == Tiles.COLUMNS && rows % Tiles.ROWS == 0) {
      long start = fresh ? zero : target;
      long step = fresh ? 0 : rowBytes;
      left.multiply(rows, right.values, at, depth, start, step, target, rowBytes);
      return;
    }
    long c = corner.address();
    long cStep = corner.rowBytes();
    if (!fresh) {
      copy(target, rowBytes, c, cStep, rows, columns);
    }
    left.multiply(rows, right.values, at, depth, fresh ? zero : c, fresh ? 0 : cStep, c, cStep);
    copy(c, cStep, target, rowBytes, rows, columns);
  }

  private static void copy(long from, long fromStep, long to, long toStep, int rows, int columns) {
    for (int row = 0; row < rows; row++) {
      for (int n = 0; n < columns; n++) {
        float value = Memory.get(from + row * fromStep + n * FLOAT);
        Memory.set(to + row * toStep + n * FLOAT, value);
      }
    }
  }

  /**
   * The definition of the bits: {@code c[i, j] = fma(a[i, k], b[k, j], c[i, j])} for k in order.
   *
   * @param a of m x k, or k x m if {@code aTransposed}
   * @param b of k x n, or n x k if {@code bTransposed}
   */
  public static void scalar(
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
