package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.ANY;
import static dev.redoubt.trainer.kernel.Memory.LANES;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;

/**
 * Root-mean-square normalisation of rows: {@code y = x * gain / sqrt(mean(x^2) + 1e-5)}.
 *
 * <p>Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019). Not thread-safe.
 */
public final class RmsNorm {

  static final float EPSILON = 1e-5f;

  private static final long FLOAT = Float.BYTES;

  private final Reductions reductions = new Reductions();

  /**
   * Normalises each row.
   *
   * @param x rows x width
   * @param gain 1 x width
   * @param y rows x width, written
   * @param inverse rows x 1, written: the factor of each row, kept for {@link #backward}
   */
  public void forward(Matrix x, Matrix gain, Matrix y, Matrix inverse) {
    gain.checkShape(1, x.columns());
    y.checkShape(x.rows(), x.columns());
    inverse.checkShape(x.rows(), 1);
    int n = x.columns();
    for (int row = 0; row < x.rows(); row++) {
      long from = x.row(row);
      float factor = factor(reductions.dot(from, from, n), n);
      Memory.set(inverse.row(row), factor);
      scale(from, gain.address(), factor, y.row(row), n);
    }
  }

  static float factor(float sumOfSquares, int n) {
    return 1f / (float) Math.sqrt(sumOfSquares / n + EPSILON);
  }

  private static void scale(long x, long gain, float factor, long y, int n) {
    int whole = Memory.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      long at = i * FLOAT;
      var gains = fromMemorySegment(SPECIES, ALL, (gain & ANY) + at, LITTLE_ENDIAN);
      var scaled = fromMemorySegment(SPECIES, ALL, (x & ANY) + at, LITTLE_ENDIAN).mul(factor);
      scaled.mul(gains).intoMemorySegment(ALL, (y & ANY) + at, LITTLE_ENDIAN);
    }
    scaleScalar(x, gain, factor, y, whole, n);
  }

  static void scaleScalar(long x, long gain, float factor, long y, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = i * FLOAT;
      Memory.set(y + at, Memory.get(x + at) * factor * Memory.get(gain + at));
    }
  }

  /**
   * Adds the input's gradient to {@code dx} and overwrites the gain's.
   *
   * @param x the input of {@link #forward}
   * @param inverse what it wrote there
   * @param dy gradient of its output
   * @param dx rows x width; the gradient is added to what stands there (the residual's)
   * @param dGain 1 x width, overwritten: summed over the rows in index order
   */
  public void backward(Matrix x, Matrix gain, Matrix inverse, Matrix dy, Matrix dx, Matrix dGain) {
    dy.checkShape(x.rows(), x.columns());
    dx.checkShape(x.rows(), x.columns());
    dGain.checkShape(1, x.columns());
    Elementwise.zero(dGain);
    int n = x.columns();
    for (int row = 0; row < x.rows(); row++) {
      float factor = Memory.get(inverse.row(row));
      float projection = reductions.dot(dy.row(row), gain.address(), x.row(row), n);
      float pull = pull(projection, factor, n);
      row(x.row(row), gain.address(), dy.row(row), factor, pull, dx.row(row), n);
      gainRow(x.row(row), dy.row(row), factor, dGain.address(), n);
    }
  }

  /** How much of x goes into the gradient: -projection * factor^3 / n. */
  static float pull(float projection, float factor, int n) {
    return -(projection * factor * factor * factor) / n;
  }

  private static void row(long x, long gain, long dy, float factor, float pull, long dx, int n) {
    int whole = Memory.whole(n);
    FloatVector factors = broadcast(SPECIES, factor);
    FloatVector pulls = broadcast(SPECIES, pull);
    for (int i = 0; i < whole; i += LANES) {
      long at = i * FLOAT;
      FloatVector gains = fromMemorySegment(SPECIES, ALL, (gain & ANY) + at, LITTLE_ENDIAN);
      FloatVector scaled = fromMemorySegment(SPECIES, ALL, (dy & ANY) + at, LITTLE_ENDIAN);
      FloatVector sum = fromMemorySegment(SPECIES, ALL, (dx & ANY) + at, LITTLE_ENDIAN);
      sum = scaled.mul(gains).fma(factors, sum);
      FloatVector input = fromMemorySegment(SPECIES, ALL, (x & ANY) + at, LITTLE_ENDIAN);
      input.fma(pulls, sum).intoMemorySegment(ALL, (dx & ANY) + at, LITTLE_ENDIAN);
    }
    rowScalar(x, gain, dy, factor, pull, dx, whole, n);
  }

  static void rowScalar(
      long x, long gain, long dy, float factor, float pull, long dx, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = i * FLOAT;
      float scaled = Memory.get(dy + at) * Memory.get(gain + at);
      float sum = Math.fma(scaled, factor, Memory.get(dx + at));
      Memory.set(dx + at, Math.fma(Memory.get(x + at), pull, sum));
    }
  }

  private static void gainRow(long x, long dy, float factor, long dGain, int n) {
    int whole = Memory.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      long at = i * FLOAT;
      FloatVector normal = fromMemorySegment(SPECIES, ALL, (x & ANY) + at, LITTLE_ENDIAN);
      FloatVector d = fromMemorySegment(SPECIES, ALL, (dy & ANY) + at, LITTLE_ENDIAN);
      FloatVector sum = fromMemorySegment(SPECIES, ALL, (dGain & ANY) + at, LITTLE_ENDIAN);
      sum = normal.mul(factor).fma(d, sum);
      sum.intoMemorySegment(ALL, (dGain & ANY) + at, LITTLE_ENDIAN);
    }
    gainRowScalar(x, dy, factor, dGain, whole, n);
  }

  static void gainRowScalar(long x, long dy, float factor, long dGain, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = i * FLOAT;
      float normal = Memory.get(x + at) * factor;
      Memory.set(dGain + at, Math.fma(normal, Memory.get(dy + at), Memory.get(dGain + at)));
    }
  }
}
