package dev.redoubt.trainer.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.SegmentAllocator;
import java.util.Random;

/** Matrices of seeded random floats, and the comparison of their bits. */
final class Floats {

  static final int[] ODD_SIZES = {1, 7, 16, 207, 1003};

  private Floats() {}

  static Matrix random(SegmentAllocator allocator, int rows, int columns, long seed) {
    return fill(Matrix.allocate(allocator, rows, columns), seed);
  }

  static Matrix fill(Matrix matrix, long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < matrix.rows(); i++) {
      for (int j = 0; j < matrix.columns(); j++) {
        matrix.set(i, j, (float) random.nextGaussian());
      }
    }
    return matrix;
  }

  static Matrix copy(SegmentAllocator allocator, Matrix from) {
    Matrix copy = Matrix.allocate(allocator, from.rows(), from.columns());
    for (int i = 0; i < from.rows(); i++) {
      for (int j = 0; j < from.columns(); j++) {
        copy.set(i, j, from.get(i, j));
      }
    }
    return copy;
  }

  static void assertSameBits(Matrix actual, Matrix wanted) {
    for (int i = 0; i < wanted.rows(); i++) {
      for (int j = 0; j < wanted.columns(); j++) {
        int bits = Float.floatToRawIntBits(actual.get(i, j));
        if (bits != Float.floatToRawIntBits(wanted.get(i, j))) {
          assertThat(actual.get(i, j)).as("[%d, %d]", i, j).isEqualTo(wanted.get(i, j));
          assertThat(bits)
              .as("bits of [%d, %d]", i, j)
              .isEqualTo(Float.floatToRawIntBits(wanted.get(i, j)));
        }
      }
    }
  }
}
