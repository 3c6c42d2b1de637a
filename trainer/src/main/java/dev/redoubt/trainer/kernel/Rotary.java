package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.ANY;
import static dev.redoubt.trainer.kernel.Memory.LANES;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.lang.foreign.SegmentAllocator;

/**
 * Rotary positions: each pair (i, i + size/2) of a head turns by {@code position * 10000^(-2i /
 * size)}.
 *
 * <p>Su et al., "RoFormer" (2021), with the halves of the head as pairs, so that vectors run across
 * pairs. The table is made with {@code StrictMath}, in double precision, rounded once.
 */
public final class Rotary {

  private static final long FLOAT = Float.BYTES;
  private static final double BASE = 10000;

  private final int half;
  private final Matrix cosines;
  private final Matrix sines;

  /**
   * Makes the table for {@code positions} positions.
   *
   * @param headSize even
   */
  public Rotary(SegmentAllocator allocator, int positions, int headSize) {
    half = headSize / 2;
    cosines = Matrix.allocate(allocator, positions, half);
    sines = Matrix.allocate(allocator, positions, half);
    for (int i = 0; i < half; i++) {
      double frequency = StrictMath.pow(BASE, -2.0 * i / headSize);
      for (int position = 0; position < positions; position++) {
        cosines.set(position, i, (float) StrictMath.cos(position * frequency));
        sines.set(position, i, (float) StrictMath.sin(position * frequency));
      }
    }
  }

  /**
   * Turns every head of every row forward, in place.
   *
   * @param x rows x (heads * headSize); row r stands at position {@code r % sequenceLength}
   */
  public void forward(Matrix x, int sequenceLength) {
    turn(x, sequenceLength, 1f);
  }

  /** Turns back: the gradient of {@link #forward}, in place. */
  public void backward(Matrix x, int sequenceLength) {
    turn(x, sequenceLength, -1f);
  }

  private void turn(Matrix x, int sequenceLength, float direction) {
    check(x, sequenceLength);
    for (int row = 0; row < x.rows(); row++) {
      int position = row % sequenceLength;
      for (int column = 0; column < x.columns(); column += 2 * half) {
        head(
            x.row(row) + column * FLOAT,
            cosines.row(position),
            sines.row(position),
            direction,
            half);
      }
    }
  }

  private void check(Matrix x, int sequenceLength) {
    if (x.columns() % (2 * half) != 0 || sequenceLength > cosines.rows()) {
      throw new IllegalArgumentException(
          x
              + " with sequences of "
              + sequenceLength
              + " does not fit heads of "
              + 2 * half
              + " and "
              + cosines.rows()
              + " positions");
    }
  }

  private static void head(long x, long cosines, long sines, float direction, int half) {
    int whole = Memory.whole(half);
    long first = x & ANY;
    long second = (x + half * FLOAT) & ANY;
    for (int i = 0; i < whole; i += LANES) {
      long at = i * FLOAT;
      var cosine = fromMemorySegment(SPECIES, ALL, (cosines & ANY) + at, LITTLE_ENDIAN);
      var sine = fromMemorySegment(SPECIES, ALL, (sines & ANY) + at, LITTLE_ENDIAN).mul(direction);
      var a = fromMemorySegment(SPECIES, ALL, first + at, LITTLE_ENDIAN);
      var b = fromMemorySegment(SPECIES, ALL, second + at, LITTLE_ENDIAN);
      a.fma(cosine, b.mul(sine).neg()).intoMemorySegment(ALL, first + at, LITTLE_ENDIAN);
      b.fma(cosine, a.mul(sine)).intoMemorySegment(ALL, second + at, LITTLE_ENDIAN);
    }
    headScalar(x, cosines, sines, direction, half, whole);
  }

  static void headScalar(long x, long cosines, long sines, float direction, int half, int from) {
    for (int i = from; i < half; i++) {
      long first = x + i * FLOAT;
      long second = first + half * FLOAT;
      float cosine = Memory.get(cosines + i * FLOAT);
      float sine = Memory.get(sines + i * FLOAT) * direction;
      float a = Memory.get(first);
      float b = Memory.get(second);
      Memory.set(first, Math.fma(a, cosine, -(b * sine)));
      Memory.set(second, Math.fma(b, cosine, a * sine));
    }
  }

  /** The definition of the bits of {@link #forward}. */
  void forwardScalar(Matrix x, int sequenceLength) {
    for (int row = 0; row < x.rows(); row++) {
      int position = row % sequenceLength;
      for (int column = 0; column < x.columns(); column += 2 * half) {
        long at = x.row(row) + column * FLOAT;
        headScalar(at, cosines.row(position), sines.row(position), 1f, half, 0);
      }
    }
  }
}
