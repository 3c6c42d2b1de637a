package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.ANY;
import static dev.redoubt.trainer.kernel.Memory.LANES;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

/**
 * Causal softmax over rows of attention scores, and its gradient.
 *
 * <p>A row sees its first {@code visible} columns; the others become zero. Not thread-safe.
 */
public final class Softmax {

  private static final long FLOAT = Float.BYTES;

  private final Reductions reductions = new Reductions();

  /**
   * {@code p = softmax(scale * s)} in place, over the columns that a row sees.
   *
   * @param scores (queries * heads) x keys: row r belongs to query {@code r / heads}
   * @param firstQuery position of the first query; query q sees the keys up to its own position
   */
  public void causal(Matrix scores, int heads, int firstQuery, float scale) {
    for (int row = 0; row < scores.rows(); row++) {
      int visible = firstQuery + row / heads + 1;
      long at = scores.row(row);
      probabilities(at, visible, scale);
      Memory.zero(at + visible * FLOAT, (scores.columns() - visible) * FLOAT);
    }
  }

  private void probabilities(long x, int n, float scale) {
    float max = reductions.max(x, n) * scale;
    exponentials(x, n, scale, max);
    scale(x, n, 1f / reductions.sum(x, n));
  }

  /** {@code x = exp(x * scale - shift)}. */
  static void exponentials(long x, int n, float scale, float shift) {
    int whole = Memory.whole(n);
    Exponential.apply(x, x, whole, scale, -shift);
    exponentialsScalar(x, whole, n, scale, shift);
  }

  static void exponentialsScalar(long x, int from, int to, float scale, float shift) {
    for (int i = from; i < to; i++) {
      long at = x + i * FLOAT;
      Memory.set(at, Exponential.exp(Math.fma(Memory.get(at), scale, -shift)));
    }
  }

  /** {@code x = x * factor}. */
  static void scale(long x, int n, float factor) {
    int whole = Memory.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      long at = (x & ANY) + i * FLOAT;
      var scaled = fromMemorySegment(SPECIES, ALL, at, LITTLE_ENDIAN).mul(factor);
      scaled.intoMemorySegment(ALL, at, LITTLE_ENDIAN);
    }
    for (int i = whole; i < n; i++) {
      long at = x + i * FLOAT;
      Memory.set(at, Memory.get(at) * factor);
    }
  }

  /**
   * {@code ds = scale * p * (dp - sum(dp * p))}, in place of dp.
   *
   * @param p what {@link #causal} wrote
   * @param dp its gradient; columns that a row does not see become zero
   */
  public void causalBackward(Matrix p, Matrix dp, int heads, int firstQuery, float scale) {
    dp.checkShape(p.rows(), p.columns());
    for (int row = 0; row < p.rows(); row++) {
      int visible = firstQuery + row / heads + 1;
      long at = dp.row(row);
      float mean = reductions.dot(at, p.row(row), visible);
      backward(p.row(row), at, visible, mean, scale);
      Memory.zero(at + visible * FLOAT, (p.columns() - visible) * FLOAT);
    }
  }

  private static void backward(long p, long dp, int n, float mean, float scale) {
    int whole = Memory.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      long at = i * FLOAT;
      var share = fromMemorySegment(SPECIES, ALL, (p & ANY) + at, LITTLE_ENDIAN).mul(scale);
      var d = fromMemorySegment(SPECIES, ALL, (dp & ANY) + at, LITTLE_ENDIAN).sub(mean);
      d.mul(share).intoMemorySegment(ALL, (dp & ANY) + at, LITTLE_ENDIAN);
    }
    backwardScalar(p, dp, whole, n, mean, scale);
  }

  static void backwardScalar(long p, long dp, int from, int to, float mean, float scale) {
    for (int i = from; i < to; i++) {
      long at = i * FLOAT;
      float share = Memory.get(p + at) * scale;
      Memory.set(dp + at, (Memory.get(dp + at) - mean) * share);
    }
  }
}
