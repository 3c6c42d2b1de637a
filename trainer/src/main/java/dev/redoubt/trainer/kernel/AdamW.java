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
 * One step of AdamW on a run of elements: reads the old parameters and moments, writes new ones.
 *
 * <p>Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019). Every operation is one
 * that IEEE 754 rounds correctly, so scalar and vector agree.
 *
 * @param gradientScale factor of the summed gradient: mean and clipping in one
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param stepSize learning rate over the first moment's bias correction
 * @param secondScale one over the second moment's bias correction
 * @param epsilon added to the root
 * @param decay factor of the old parameter: one less learning rate times weight decay
 */
public record AdamW(
    float gradientScale,
    float beta1,
    float beta2,
    float stepSize,
    float secondScale,
    float epsilon,
    float decay) {

  private static final long FLOAT = Float.BYTES;

  /** Where parameters and moments stand: three runs of equal length. */
  public record Moments(Matrix parameters, Matrix first, Matrix second) {

    void check(Matrix gradient) {
      Elementwise.checkLike(parameters, gradient);
      Elementwise.checkLike(first, gradient);
      Elementwise.checkLike(second, gradient);
    }
  }

  /**
   * Applies the step.
   *
   * @param gradient the summed gradient, without gaps, as are all the others
   * @param from read
   * @param to written; may not overlap {@code from} unless it is the same
   */
  public void apply(Matrix gradient, Moments from, Moments to) {
    int n = gradient.size();
    from.check(gradient);
    to.check(gradient);
    int whole = Memory.whole(n);
    vectors(gradient.address(), from, to, whole);
    for (int i = whole; i < n; i++) {
      scalar(gradient.address(), from, to, i * FLOAT);
    }
  }

  /** The definition of the bits of {@link #apply}. */
  void applyScalar(Matrix gradient, Moments from, Moments to) {
    for (int i = 0; i < gradient.size(); i++) {
      scalar(gradient.address(), from, to, i * FLOAT);
    }
  }

  private void vectors(long gradient, Moments from, Moments to, int whole) {
    FloatVector keepFirst = broadcast(SPECIES, beta1);
    FloatVector takeFirst = broadcast(SPECIES, 1f - beta1);
    FloatVector keepSecond = broadcast(SPECIES, beta2);
    FloatVector takeSecond = broadcast(SPECIES, 1f - beta2);
    FloatVector keep = broadcast(SPECIES, decay);
    long g0 = gradient & ANY;
    long p0 = from.parameters().address() & ANY;
    long m0 = from.first().address() & ANY;
    long v0 = from.second().address() & ANY;
    long p1 = to.parameters().address() & ANY;
    long m1 = to.first().address() & ANY;
    long v1 = to.second().address() & ANY;
    for (int i = 0; i < whole; i += LANES) {
      long at = i * FLOAT;
      FloatVector g = fromMemorySegment(SPECIES, ALL, g0 + at, LITTLE_ENDIAN).mul(gradientScale);
      FloatVector m = fromMemorySegment(SPECIES, ALL, m0 + at, LITTLE_ENDIAN);
      m = m.fma(keepFirst, g.mul(takeFirst));
      FloatVector v = fromMemorySegment(SPECIES, ALL, v0 + at, LITTLE_ENDIAN);
      v = v.fma(keepSecond, g.mul(g).mul(takeSecond));
      FloatVector root = v.mul(secondScale).sqrt().add(epsilon);
      FloatVector move = m.mul(stepSize).div(root);
      FloatVector p = fromMemorySegment(SPECIES, ALL, p0 + at, LITTLE_ENDIAN);
      p.fma(keep, move.neg()).intoMemorySegment(ALL, p1 + at, LITTLE_ENDIAN);
      m.intoMemorySegment(ALL, m1 + at, LITTLE_ENDIAN);
      v.intoMemorySegment(ALL, v1 + at, LITTLE_ENDIAN);
    }
  }

  private void scalar(long gradient, Moments from, Moments to, long at) {
    float g = Memory.get(gradient + at) * gradientScale;
    float m = Math.fma(Memory.get(from.first().address() + at), beta1, g * (1f - beta1));
    float v = Math.fma(Memory.get(from.second().address() + at), beta2, g * g * (1f - beta2));
    float root = (float) Math.sqrt(v * secondScale) + epsilon;
    float move = m * stepSize / root;
    Memory.set(
        to.parameters().address() + at,
        Math.fma(Memory.get(from.parameters().address() + at), decay, -move));
    Memory.set(to.first().address() + at, m);
    Memory.set(to.second().address() + at, v);
  }
}
