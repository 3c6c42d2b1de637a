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
 * The gate of the feed-forward: {@code silu(gate) * up}, silu(x) = x / (1 + exp(-x)).
 *
 * <p>Shazeer, "GLU Variants Improve Transformer" (2020). The logistic function is computed again in
 * the backward pass, which is cheaper than keeping it.
 */
public final class Gate {

  private static final long FLOAT = Float.BYTES;

  /** Floats between two passes: all that they touch stays in the first-level cache. */
  private static final int CHUNK = 1024;

  private Gate() {}

  /**
   * {@code out = silu(gate) * up}; all of one shape, without gaps.
   *
   * @throws IllegalArgumentException if the shapes differ, or if {@code out} is one of the factors
   */
  public static void forward(Matrix gate, Matrix up, Matrix out) {
    up.checkShape(gate.rows(), gate.columns());
    out.checkShape(gate.rows(), gate.columns());
    up.size();
    out.size();
    int n = gate.size();
    apart(out, gate);
    apart(out, up);
    forward(gate.address(), up.address(), out.address(), n);
    forwardScalar(gate.address(), up.address(), out.address(), Memory.whole(n), n);
  }

  /** The exponentials of a chunk stand where its result goes, until that is written. */
  private static void forward(long gate, long up, long out, int n) {
    int whole = Memory.whole(n);
    for (int from = 0; from < whole; from += CHUNK) {
      long at = from * FLOAT;
      int count = Math.min(CHUNK, whole - from);
      Exponential.apply(gate + at, out + at, count, -1f, -0f);
      finish(gate + at, up + at, out + at, count);
    }
  }

  private static void finish(long gate, long up, long out, int n) {
    FloatVector one = broadcast(SPECIES, 1f);
    for (int i = 0; i < n; i += LANES) {
      long at = i * FLOAT;
      FloatVector x = fromMemorySegment(SPECIES, ALL, (gate & ANY) + at, LITTLE_ENDIAN);
      FloatVector exp = fromMemorySegment(SPECIES, ALL, (out & ANY) + at, LITTLE_ENDIAN);
      FloatVector factor = fromMemorySegment(SPECIES, ALL, (up & ANY) + at, LITTLE_ENDIAN);
      FloatVector silu = x.mul(one.div(exp.add(one)));
      silu.mul(factor).intoMemorySegment(ALL, (out & ANY) + at, LITTLE_ENDIAN);
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
   * @param dGate written; may be {@code dOut}
   * @param dUp written
   * @throws IllegalArgumentException if the shapes differ, or if {@code dUp} is one of the others
   */
  public static void backward(Matrix gate, Matrix up, Matrix dOut, Matrix dGate, Matrix dUp) {
    Elementwise.checkLike(up, gate);
    Elementwise.checkLike(dOut, gate);
    Elementwise.checkLike(dGate, gate);
    Elementwise.checkLike(dUp, gate);
    int n = gate.size();
    apart(dUp, gate);
    apart(dUp, up);
    apart(dUp, dOut);
    apart(dUp, dGate);
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
    for (int from = 0; from < whole; from += CHUNK) {
      long at = from * FLOAT;
      int count = Math.min(CHUNK, whole - from);
      Exponential.apply(gate + at, dUp + at, count, -1f, -0f);
      finish(gate + at, up + at, dOut + at, dGate + at, dUp + at, count);
    }
  }

  private static void finish(long gate, long up, long dOut, long dGate, long dUp, int n) {
    FloatVector one = broadcast(SPECIES, 1f);
    for (int i = 0; i < n; i += LANES) {
      long at = i * FLOAT;
      FloatVector x = fromMemorySegment(SPECIES, ALL, (gate & ANY) + at, LITTLE_ENDIAN);
      FloatVector exp = fromMemorySegment(SPECIES, ALL, (dUp & ANY) + at, LITTLE_ENDIAN);
      FloatVector sigmoid = one.div(exp.add(one));
      FloatVector slope = sigmoid.mul(x.fma(one.sub(sigmoid), one));
      FloatVector d = fromMemorySegment(SPECIES, ALL, (dOut & ANY) + at, LITTLE_ENDIAN);
      FloatVector factor = fromMemorySegment(SPECIES, ALL, (up & ANY) + at, LITTLE_ENDIAN);
      d.mul(factor).mul(slope).intoMemorySegment(ALL, (dGate & ANY) + at, LITTLE_ENDIAN);
      d.mul(x.mul(sigmoid)).intoMemorySegment(ALL, (dUp & ANY) + at, LITTLE_ENDIAN);
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

  /** What keeps the exponentials meanwhile must not be needed yet. */
  private static void apart(Matrix kept, Matrix other) {
    if (kept.address() == other.address() && kept.size() > 0) {
      throw new IllegalArgumentException("the last output of a gate stands on another operand");
    }
  }
}
