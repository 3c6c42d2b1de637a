package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.ANY;
import static dev.redoubt.trainer.kernel.Memory.LANES;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

/** Sums of matrices, element by element. */
public final class Elementwise {

  private static final long FLOAT = Float.BYTES;

  private Elementwise() {}

  /** {@code into = 0}. */
  public static void zero(Matrix into) {
    if (into.contiguous()) {
      Memory.zero(into.address(), into.size() * FLOAT);
      return;
    }
    for (int row = 0; row < into.rows(); row++) {
      Memory.zero(into.row(row), into.columns() * FLOAT);
    }
  }

  /** {@code into = into + other}, both without gaps and of the same shape. */
  public static void add(Matrix into, Matrix other) {
    other.checkShape(into.rows(), into.columns());
    other.size();
    add(into.address(), other.address(), into.size());
  }

  static void add(long a, long b, int n) {
    int whole = Memory.whole(n);
    long left = a & ANY;
    long right = b & ANY;
    for (int i = 0; i < whole; i += LANES) {
      long at = i * FLOAT;
      var x = fromMemorySegment(SPECIES, ALL, left + at, LITTLE_ENDIAN);
      var y = fromMemorySegment(SPECIES, ALL, right + at, LITTLE_ENDIAN);
      x.add(y).intoMemorySegment(ALL, left + at, LITTLE_ENDIAN);
    }
    addScalar(a, b, whole, n);
  }

  static void addScalar(long a, long b, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = i * FLOAT;
      Memory.set(a + at, Memory.get(a + at) + Memory.get(b + at));
    }
  }

  /** {@code into = (a + b) + (c + d)}, all without gaps and of the same shape. */
  public static void tree(Matrix a, Matrix b, Matrix c, Matrix d, Matrix into) {
    tree(
        a.address(), b.address(), c.address(), d.address(), into.address(), size(a, b, c, d, into));
  }

  private static void tree(long a, long b, long c, long d, long into, int n) {
    int whole = Memory.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      long at = i * FLOAT;
      var x = fromMemorySegment(SPECIES, ALL, (a & ANY) + at, LITTLE_ENDIAN);
      var y = fromMemorySegment(SPECIES, ALL, (b & ANY) + at, LITTLE_ENDIAN);
      var left = x.add(y);
      x = fromMemorySegment(SPECIES, ALL, (c & ANY) + at, LITTLE_ENDIAN);
      y = fromMemorySegment(SPECIES, ALL, (d & ANY) + at, LITTLE_ENDIAN);
      left.add(x.add(y)).intoMemorySegment(ALL, (into & ANY) + at, LITTLE_ENDIAN);
    }
    treeScalar(a, b, c, d, into, whole, n);
  }

  static void treeScalar(long a, long b, long c, long d, long into, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = i * FLOAT;
      float left = Memory.get(a + at) + Memory.get(b + at);
      float right = Memory.get(c + at) + Memory.get(d + at);
      Memory.set(into + at, left + right);
    }
  }

  /** {@code into = base + ((a + b) + (c + d))}, all without gaps and of the same shape. */
  public static void addTree(Matrix base, Matrix a, Matrix b, Matrix c, Matrix d, Matrix into) {
    base.checkShape(into.rows(), into.columns());
    int n = size(a, b, c, d, into);
    long x = base.address();
    long to = into.address();
    addTree(x, a.address(), b.address(), c.address(), d.address(), to, n);
  }

  private static void addTree(long base, long a, long b, long c, long d, long into, int n) {
    int whole = Memory.whole(n);
    for (int i = 0; i < whole; i += LANES) {
      long at = i * FLOAT;
      var x = fromMemorySegment(SPECIES, ALL, (a & ANY) + at, LITTLE_ENDIAN);
      var y = fromMemorySegment(SPECIES, ALL, (b & ANY) + at, LITTLE_ENDIAN);
      var left = x.add(y);
      x = fromMemorySegment(SPECIES, ALL, (c & ANY) + at, LITTLE_ENDIAN);
      y = fromMemorySegment(SPECIES, ALL, (d & ANY) + at, LITTLE_ENDIAN);
      var sum = left.add(x.add(y));
      x = fromMemorySegment(SPECIES, ALL, (base & ANY) + at, LITTLE_ENDIAN);
      x.add(sum).intoMemorySegment(ALL, (into & ANY) + at, LITTLE_ENDIAN);
    }
    addTreeScalar(base, a, b, c, d, into, whole, n);
  }

  static void addTreeScalar(
      long base, long a, long b, long c, long d, long into, int from, int to) {
    for (int i = from; i < to; i++) {
      long at = i * FLOAT;
      float left = Memory.get(a + at) + Memory.get(b + at);
      float right = Memory.get(c + at) + Memory.get(d + at);
      Memory.set(into + at, Memory.get(base + at) + (left + right));
    }
  }

  private static int size(Matrix a, Matrix b, Matrix c, Matrix d, Matrix into) {
    checkLike(a, into);
    checkLike(b, into);
    checkLike(c, into);
    checkLike(d, into);
    return into.size();
  }

  /** One by one, not in a loop over an array: a step allocates nothing. */
  static void checkLike(Matrix each, Matrix into) {
    each.checkShape(into.rows(), into.columns());
    each.size();
  }
}
