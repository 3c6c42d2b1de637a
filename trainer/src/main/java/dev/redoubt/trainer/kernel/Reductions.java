package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.ANY;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;

/**
 * Reductions to a scalar: element i goes into logical lane {@code i % 16}, in index order; the
 * sixteen lanes are then summed in index order.
 *
 * <p>At narrower vectors the lanes are visited in groups, so each lane still sees the same chain.
 * {@code reduceLanes(ADD)} was rejected: its order depends on the vector width and the compiler.
 * Not thread-safe: the lanes are spilled into a buffer of this object.
 */
final class Reductions {

  /** Logical lanes, whatever the machine has. */
  static final int LANES = 16;

  private static final long FLOAT = Float.BYTES;
  private static final long STEP = LANES * FLOAT;

  private final float[] lanes = new float[LANES];

  /** The sum of n floats. */
  float sum(long x, int n) {
    int whole = n - n % LANES;
    for (int lane = 0; lane < LANES; lane += Memory.LANES) {
      sums(x + lane * FLOAT, whole / LANES, lanes, lane);
    }
    for (int i = whole; i < n; i++) {
      lanes[i % LANES] += Memory.get(x + i * FLOAT);
    }
    return fold();
  }

  private static void sums(long x, int rounds, float[] lanes, int at) {
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int round = 0; round < rounds; round++) {
      sum = fromMemorySegment(SPECIES, ALL, (x & ANY) + round * STEP, LITTLE_ENDIAN).add(sum);
    }
    sum.intoArray(lanes, at);
  }

  /** The sum of x[i] * y[i], by fused multiply-add. */
  float dot(long x, long y, int n) {
    int whole = n - n % LANES;
    for (int lane = 0; lane < LANES; lane += Memory.LANES) {
      dots(x + lane * FLOAT, y + lane * FLOAT, whole / LANES, lanes, lane);
    }
    for (int i = whole; i < n; i++) {
      float right = Memory.get(y + i * FLOAT);
      lanes[i % LANES] = Math.fma(Memory.get(x + i * FLOAT), right, lanes[i % LANES]);
    }
    return fold();
  }

  private static void dots(long x, long y, int rounds, float[] lanes, int at) {
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int round = 0; round < rounds; round++) {
      var left = fromMemorySegment(SPECIES, ALL, (x & ANY) + round * STEP, LITTLE_ENDIAN);
      var right = fromMemorySegment(SPECIES, ALL, (y & ANY) + round * STEP, LITTLE_ENDIAN);
      sum = left.fma(right, sum);
    }
    sum.intoArray(lanes, at);
  }

  /** The sum of (x[i] * y[i]) * z[i]: the first product is rounded, the second is fused. */
  float dot(long x, long y, long z, int n) {
    int whole = n - n % LANES;
    for (int lane = 0; lane < LANES; lane += Memory.LANES) {
      long at = lane * FLOAT;
      dots(x + at, y + at, z + at, whole / LANES, lanes, lane);
    }
    for (int i = whole; i < n; i++) {
      float product = Memory.get(x + i * FLOAT) * Memory.get(y + i * FLOAT);
      lanes[i % LANES] = Math.fma(product, Memory.get(z + i * FLOAT), lanes[i % LANES]);
    }
    return fold();
  }

  private static void dots(long x, long y, long z, int rounds, float[] lanes, int at) {
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int round = 0; round < rounds; round++) {
      var first = fromMemorySegment(SPECIES, ALL, (x & ANY) + round * STEP, LITTLE_ENDIAN);
      var second = fromMemorySegment(SPECIES, ALL, (y & ANY) + round * STEP, LITTLE_ENDIAN);
      var third = fromMemorySegment(SPECIES, ALL, (z & ANY) + round * STEP, LITTLE_ENDIAN);
      sum = first.mul(second).fma(third, sum);
    }
    sum.intoArray(lanes, at);
  }

  /** The largest of n floats, n at least 1; NaN if one of them is NaN. */
  float max(long x, int n) {
    int whole = Memory.whole(n);
    float max = Memory.get(x);
    if (whole > 0) {
      maxima(x, whole, lanes);
      for (int lane = 0; lane < Memory.LANES; lane++) {
        max = Math.max(max, lanes[lane]);
      }
    }
    for (int i = whole; i < n; i++) {
      max = Math.max(max, Memory.get(x + i * FLOAT));
    }
    return max;
  }

  private static void maxima(long x, int whole, float[] lanes) {
    FloatVector max = fromMemorySegment(SPECIES, ALL, x & ANY, LITTLE_ENDIAN);
    for (int i = Memory.LANES; i < whole; i += Memory.LANES) {
      max = fromMemorySegment(SPECIES, ALL, (x & ANY) + i * FLOAT, LITTLE_ENDIAN).max(max);
    }
    max.intoArray(lanes, 0);
  }

  private float fold() {
    float sum = lanes[0];
    for (int lane = 1; lane < LANES; lane++) {
      sum += lanes[lane];
    }
    return sum;
  }

  /** The definition of the bits of {@link #dot(long, long, int)}. */
  static float dotScalar(long x, long y, int n) {
    float[] sums = new float[LANES];
    for (int i = 0; i < n; i++) {
      float left = Memory.get(x + i * FLOAT);
      sums[i % LANES] = Math.fma(left, Memory.get(y + i * FLOAT), sums[i % LANES]);
    }
    return foldScalar(sums);
  }

  /** The definition of the bits of {@link #dot(long, long, long, int)}. */
  static float dotScalar(long x, long y, long z, int n) {
    float[] sums = new float[LANES];
    for (int i = 0; i < n; i++) {
      float left = Memory.get(x + i * FLOAT) * Memory.get(y + i * FLOAT);
      sums[i % LANES] = Math.fma(left, Memory.get(z + i * FLOAT), sums[i % LANES]);
    }
    return foldScalar(sums);
  }

  /** The definition of the bits of {@link #sum}. */
  static float sumScalar(long x, int n) {
    float[] sums = new float[LANES];
    for (int i = 0; i < n; i++) {
      sums[i % LANES] += Memory.get(x + i * FLOAT);
    }
    return foldScalar(sums);
  }

  private static float foldScalar(float[] sums) {
    float sum = sums[0];
    for (int lane = 1; lane < LANES; lane++) {
      sum += sums[lane];
    }
    return sum;
  }
}
