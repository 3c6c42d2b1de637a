package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.ANY;
import static dev.redoubt.trainer.kernel.Memory.LANES;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;
import static jdk.incubator.vector.VectorOperators.LSHL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * exp and the logistic function as polynomials of fused multiply-adds: the scalar and the vector
 * form do the same roundings in the same order.
 *
 * <p>{@code Math.exp} and {@code VectorOperators.EXP} were rejected: their bits depend on the
 * platform, and on whether the method has been compiled yet. Reduction after Cody and Waite (1980),
 * {@code exp(x) = 2^n exp(r)}, with the coefficients of Moshier's Cephes library; within 2 ulp.
 */
final class Exponential {

  /** Beyond these the argument is clamped, so that the result stays a normal float. */
  static final float LOWEST = -87f;

  static final float HIGHEST = 88f;

  private static final float LOG2_E = 1.442695f;

  /** 1.5 * 2^23: added to a small float it rounds it to an integer, in the low mantissa bits. */
  private static final float ROUND = 12582912f;

  private static final float LN2_HIGH = -0.6933594f;
  private static final float LN2_LOW = 0.00021219444f;
  private static final float C0 = 0.00019875691f;
  private static final float C1 = 0.0013981999f;
  private static final float C2 = 0.008333452f;
  private static final float C3 = 0.041665796f;
  private static final float C4 = 0.16666666f;
  private static final float C5 = 0.5f;
  private static final int EXPONENT_SHIFT = 23;
  private static final long FLOAT = Float.BYTES;

  private Exponential() {}

  static float exp(float argument) {
    float x = Math.min(Math.max(argument, LOWEST), HIGHEST);
    float shifted = Math.fma(x, LOG2_E, ROUND);
    float n = shifted - ROUND;
    float r = Math.fma(n, LN2_LOW, Math.fma(n, LN2_HIGH, x));
    float p = Math.fma(C0, r, C1);
    p = Math.fma(p, r, C2);
    p = Math.fma(p, r, C3);
    p = Math.fma(p, r, C4);
    p = Math.fma(p, r, C5);
    p = Math.fma(p, r * r, r) + 1f;
    int scale = Float.floatToRawIntBits(shifted) << EXPONENT_SHIFT;
    return Float.intBitsToFloat(Float.floatToRawIntBits(p) + scale);
  }

  /**
   * {@code to[i] = exp(fma(from[i], scale, shift))}.
   *
   * @param from address of n floats
   * @param to address of n floats; may be {@code from}
   * @param n a multiple of the vectors' lanes
   */
  static void apply(long from, long to, int n, float scale, float shift) {
    FloatVector round = broadcast(SPECIES, ROUND);
    for (int i = 0; i < n; i += LANES) {
      FloatVector x = fromMemorySegment(SPECIES, ALL, (from & ANY) + i * FLOAT, LITTLE_ENDIAN);
      x = x.fma(broadcast(SPECIES, scale), broadcast(SPECIES, shift)).max(LOWEST).min(HIGHEST);
      FloatVector shifted = x.fma(broadcast(SPECIES, LOG2_E), round);
      FloatVector whole = shifted.sub(round);
      FloatVector r = whole.fma(broadcast(SPECIES, LN2_HIGH), x);
      r = whole.fma(broadcast(SPECIES, LN2_LOW), r);
      FloatVector p = broadcast(SPECIES, C0).fma(r, broadcast(SPECIES, C1));
      p = p.fma(r, broadcast(SPECIES, C2)).fma(r, broadcast(SPECIES, C3));
      p = p.fma(r, broadcast(SPECIES, C4)).fma(r, broadcast(SPECIES, C5));
      p = p.fma(r.mul(r), r).add(1f);
      IntVector power = shifted.reinterpretAsInts().lanewise(LSHL, EXPONENT_SHIFT);
      p = p.reinterpretAsInts().add(power).reinterpretAsFloats();
      p.intoMemorySegment(ALL, (to & ANY) + i * FLOAT, LITTLE_ENDIAN);
    }
  }

  /** {@code 1 / (1 + exp(-x))}. */
  static float sigmoid(float x) {
    return 1f / (1f + exp(-x));
  }
}
