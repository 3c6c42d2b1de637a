package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.ANY;
import static dev.redoubt.trainer.kernel.Memory.LANES;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

/**
 * What the exchanges between the ranks of a pod need beside the sums of {@link Elementwise}: sums
 * of two parts, and copies between windows with gaps.
 */
public final class Pairs {

  private static final long FLOAT = Float.BYTES;

  private Pairs() {}

  /** {@code into = a + b}, all without gaps and of one shape; {@code into} may be one of them. */
  public static void sum(Matrix a, Matrix b, Matrix into) {
    int n = size(a, b, into);
    sum(a.address(), b.address(), into.address(), n);
  }

  private static void sum(long a, long b, long into, int n) {
    int whole = Memory.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      long at = i * FLOAT;
      var x = fromMemorySegment(SPECIES, ALL, (a & ANY) + at, LITTLE_ENDIAN);
      var y = fromMemorySegment(SPECIES, ALL, (b & ANY) + at, LITTLE_ENDIAN);
      x.add(y).intoMemorySegment(ALL, (into & ANY) + at, LITTLE_ENDIAN);
    }
    sumScalar(a, b, into, whole, n);
  }

  static void sumScalar(long a, long b, long into, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = i * FLOAT;
      Memory.set(into + at, Memory.get(a + at) + Memory.get(b + at));
    }
  }

  /** {@code into = base + (a + b)}, all without gaps and of one shape. */
  public static void addSum(Matrix base, Matrix a, Matrix b, Matrix into) {
    Elementwise.checkLike(base, into);
    int n = size(a, b, into);
    addSum(base.address(), a.address(), b.address(), into.address(), n);
  }

  private static void addSum(long base, long a, long b, long into, int n) {
    int whole = Memory.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      long at = i * FLOAT;
      var x = fromMemorySegment(SPECIES, ALL, (a & ANY) + at, LITTLE_ENDIAN);
      var y = fromMemorySegment(SPECIES, ALL, (b & ANY) + at, LITTLE_ENDIAN);
      var sum = x.add(y);
      x = fromMemorySegment(SPECIES, ALL, (base & ANY) + at, LITTLE_ENDIAN);
      x.add(sum).intoMemorySegment(ALL, (into & ANY) + at, LITTLE_ENDIAN);
    }
    addSumScalar(base, a, b, into, whole, n);
  }

  static void addSumScalar(long base, long a, long b, long into, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = i * FLOAT;
      float sum = Memory.get(a + at) + Memory.get(b + at);
      Memory.set(into + at, Memory.get(base + at) + sum);
    }
  }

  /** {@code into = from}, of one shape; rows may have gaps between them. */
  public static void copy(Matrix from, Matrix into) {
    from.checkShape(into.rows(), into.columns());
    for (int row = 0; row < into.rows(); row++) {
      Embedding.copy(from.row(row), into.row(row), into.columns());
    }
  }

  private static int size(Matrix a, Matrix b, Matrix into) {
    Elementwise.checkLike(a, into);
    Elementwise.checkLike(b, into);
    return into.size();
  }
}
