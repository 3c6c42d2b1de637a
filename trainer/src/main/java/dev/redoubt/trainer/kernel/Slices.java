package dev.redoubt.trainer.kernel;

import java.lang.foreign.SegmentAllocator;

/**
 * A contraction that a mesh may split over workers, summed as four logical slices in a fixed tree:
 * {@code (s0 + s1) + (s2 + s3)}.
 *
 * <p>The slices are part of the model's definition: one worker that computes all four gets the bits
 * of four workers that compute one each.
 */
public final class Slices {

  /** The number of slices; every contraction that may be split is a multiple of it. */
  public static final int COUNT = 4;

  private final Products products;
  private final Matrix[] partial = new Matrix[COUNT];

  /** Takes room for {@value #COUNT} partial sums of {@code rows x columns} from the allocator. */
  public Slices(Products products, SegmentAllocator allocator, int rows, int columns) {
    this.products = products;
    for (int s = 0; s < COUNT; s++) {
      partial[s] = Matrix.allocate(allocator, rows, columns);
    }
  }

  /** Adds slice by slice of {@code a b}, a of m x k, b of k x n, to the partial sums. */
  public Slices nn(Matrix a, Matrix b, Into into) {
    for (int s = 0; s < COUNT; s++) {
      int depth = depth(a.columns());
      products.nn(a.columns(s * depth, depth), b.rows(s * depth, depth), partial[s], into);
    }
    return this;
  }

  /** Adds slice by slice of {@code a b'}, a of m x k, b of n x k, to the partial sums. */
  public Slices nt(Matrix a, Matrix b, Into into) {
    for (int s = 0; s < COUNT; s++) {
      int depth = depth(a.columns());
      products.nt(a.columns(s * depth, depth), b.columns(s * depth, depth), partial[s], into);
    }
    return this;
  }

  /** The partial sum of one slice, for contractions that are not a single product. */
  public Matrix partial(int slice) {
    return partial[slice];
  }

  /** {@code into = base + ((s0 + s1) + (s2 + s3))}. */
  public void addTo(Matrix base, Matrix into) {
    Elementwise.addTree(base, partial[0], partial[1], partial[2], partial[3], into);
  }

  /** {@code into = (s0 + s1) + (s2 + s3)}. */
  public void sum(Matrix into) {
    Elementwise.tree(partial[0], partial[1], partial[2], partial[3], into);
  }

  private static int depth(int columns) {
    if (columns % COUNT != 0) {
      throw new IllegalArgumentException(
          "a contraction over " + columns + " cannot be cut into " + COUNT + " equal slices");
    }
    return columns / COUNT;
  }
}
