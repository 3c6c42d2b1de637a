package dev.redoubt.trainer.kernel;

import jdk.incubator.vector.FloatVector;

/**
 * The gate of the feed-forward: {@code silu(gate) * up}, silu(x) = x / (1 + exp(-x)).
 *
 * <p>Shazeer, "GLU Variants Improve Transformer" (2020). The logistic function is computed again in
 * the backward pass, which is cheaper than keeping it.
 */
public final class Gate {

  private static final long FLOAT = Float.BYTES;

  private Gate() {}

  /** {@code out = silu(gate) * up}; all of one shape, without gaps. */
  public static void forward(Matrix gate, Matrix up, Matrix out) {
    up.checkShape(gate.rows(), gate.columns());
    out.checkShape(gate.rows(), gate.columns());
    up.size();
    out.size();
    int n = gate.size();
    forward(gate.address(), up.address(), out.address(), n);
    forwardScalar(gate.address(), up.address(), out.address(), Memory.whole(n), n);
  }

  private static void forward(long gate, long up, long out, int n) {
    int whole = Memory.whole(n);
    for (int i = 0; i < whole; i += Memory.LANES) {
      long at = i * FLOAT;
      FloatVector x = Memory.load(gate + at);
      FloatVector silu = x.mul(Exponential.sigmoid(x));
      Memory.store(silu.mul(Memory.load(up + at)), out + at);
    }
  }

  static void forwardScalar(long gate, long up, long out, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = i * FLOAT;
      float x = Memory.get(gate + at);
      Memory.set(out + at, x * Exponential.sigmoid(x) * Memory.get(up + at));
    }
  }

  /**
   * The gradients of the two factors.
   *
   * @param dOut gradient of the output
   * @param dGate written
   * @param dUp written
   */
  public static void backward(Matrix gate, Matrix up, Matrix dOut, Matrix dGate, Matrix dUp) {
    Elementwise.checkLike(up, gate);
    Elementwise.checkLike(dOut, gate);
    Elementwise.checkLike(dGate, gate);
    Elementwise.checkLike(dUp, gate);
    int n = gate.size();
    backward(gate.address(), up.address(), dOut.address(), dGate.address(), dUp.address(), n);
    backwardScalar(
        gate.address(),
        up.address(),
        dOut.address(),
        dGate.address(),
        dUp.address(),
        Memory.whole(n),
        n);
  }

  private static void backward(long gate, long up, long dOut, long dGate, long dUp, int n) {
    int whole = Memory.whole(n);
    FloatVector one = Memory.broadcast(1f);
    for (int i = 0; i < whole; i += Memory.LANES) {
      long at = i * FLOAT;
      FloatVector x = Memory.load(gate + at);
      FloatVector sigmoid = Exponential.sigmoid(x);
      FloatVector slope = sigmoid.mul(x.fma(one.sub(sigmoid), one));
      FloatVector d = Memory.load(dOut + at);
      Memory.store(d.mul(Memory.load(up + at)).mul(slope), dGate + at);
      Memory.store(d.mul(x.mul(sigmoid)), dUp + at);
    }
  }

  static void backwardScalar(
      long gate, long up, long dOut, long dGate, long dUp, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = i * FLOAT;
      float x = Memory.get(gate + at);
      float sigmoid = Exponential.sigmoid(x);
      float slope = sigmoid * Math.fma(x, 1f - sigmoid, 1f);
      float d = Memory.get(dOut + at);
      Memory.set(dGate + at, d * Memory.get(up + at) * slope);
      Memory.set(dUp + at, d * (x * sigmoid));
    }
  }
}
