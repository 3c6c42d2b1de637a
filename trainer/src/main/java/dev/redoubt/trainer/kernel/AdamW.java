package dev.redoubt.trainer.kernel;

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
  public record Moments(Matrix parameters, Matrix first, Matrix second) {}

  /**
   * Applies the step.
   *
   * @param gradient the summed gradient, without gaps, as are all the others
   * @param from read
   * @param to written; may not overlap {@code from} unless it is the same
   */
  public void apply(Matrix gradient, Moments from, Moments to) {
    int n = gradient.size();
    for (Matrix each :
        new Matrix[] {
          from.parameters, from.first, from.second, to.parameters, to.first, to.second
        }) {
      each.checkShape(gradient.rows(), gradient.columns());
      each.size();
    }
    int whole = Memory.whole(n);
    Addresses old = Addresses.of(from);
    Addresses fresh = Addresses.of(to);
    for (int i = 0; i < whole; i += Memory.LANES) {
      vector(gradient.address(), old, fresh, i * FLOAT);
    }
    for (int i = whole; i < n; i++) {
      scalar(gradient.address(), old, fresh, i * FLOAT);
    }
  }

  /** The definition of the bits of {@link #apply}. */
  void applyScalar(Matrix gradient, Moments from, Moments to) {
    for (int i = 0; i < gradient.size(); i++) {
      scalar(gradient.address(), Addresses.of(from), Addresses.of(to), i * FLOAT);
    }
  }

  private record Addresses(long parameters, long first, long second) {
    static Addresses of(Moments moments) {
      return new Addresses(
          moments.parameters.address(), moments.first.address(), moments.second.address());
    }
  }

  private void vector(long gradient, Addresses from, Addresses to, long at) {
    FloatVector g = Memory.load(gradient + at).mul(gradientScale);
    FloatVector m = Memory.load(from.first + at);
    m = m.fma(Memory.broadcast(beta1), g.mul(1f - beta1));
    FloatVector v = Memory.load(from.second + at);
    v = v.fma(Memory.broadcast(beta2), g.mul(g).mul(1f - beta2));
    FloatVector root = v.mul(secondScale).sqrt().add(epsilon);
    FloatVector move = m.mul(stepSize).div(root);
    FloatVector p = Memory.load(from.parameters + at);
    Memory.store(p.fma(Memory.broadcast(decay), move.neg()), to.parameters + at);
    Memory.store(m, to.first + at);
    Memory.store(v, to.second + at);
  }

  private void scalar(long gradient, Addresses from, Addresses to, long at) {
    float g = Memory.get(gradient + at) * gradientScale;
    float m = Math.fma(Memory.get(from.first + at), beta1, g * (1f - beta1));
    float v = Math.fma(Memory.get(from.second + at), beta2, g * g * (1f - beta2));
    float root = (float) Math.sqrt(v * secondScale) + epsilon;
    float move = m * stepSize / root;
    Memory.set(to.parameters + at, Math.fma(Memory.get(from.parameters + at), decay, -move));
    Memory.set(to.first + at, m);
    Memory.set(to.second + at, v);
  }
}
