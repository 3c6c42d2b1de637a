package dev.redoubt.trainer.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

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

  static FloatVector exp(FloatVector argument) {
    FloatVector x = argument.max(LOWEST).min(HIGHEST);
    FloatVector shifted = x.fma(Memory.broadcast(LOG2_E), Memory.broadcast(ROUND));
    FloatVector n = shifted.sub(ROUND);
    FloatVector r = n.fma(Memory.broadcast(LN2_HIGH), x);
    r = n.fma(Memory.broadcast(LN2_LOW), r);
    FloatVector p = polynomial(r).fma(r.mul(r), r).add(1f);
    IntVector scale = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, EXPONENT_SHIFT);
    return p.reinterpretAsInts().add(scale).reinterpretAsFloats();
  }

  private static FloatVector polynomial(FloatVector r) {
    FloatVector p = Memory.broadcast(C0).fma(r, Memory.broadcast(C1));
    p = p.fma(r, Memory.broadcast(C2));
    p = p.fma(r, Memory.broadcast(C3));
    p = p.fma(r, Memory.broadcast(C4));
    return p.fma(r, Memory.broadcast(C5));
  }

  /** {@code 1 / (1 + exp(-x))}. */
  static float sigmoid(float x) {
    return 1f / (1f + exp(-x));
  }

  static FloatVector sigmoid(FloatVector x) {
    return Memory.broadcast(1f).div(exp(x.neg()).add(1f));
  }
}
