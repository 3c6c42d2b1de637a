package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.ANY;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sum of the squares of a window, whatever lies between its rows: a slice of a tensor has the
 * same bits in the whole tensor and in a rank's part of it.
 *
 * <p>Row by row, column j goes into logical lane {@code j % 16}; the last columns, which do not
 * fill sixteen lanes, have sixteen lanes of their own. The lanes are summed in index order. Keep
 * windows to some ten thousand elements: the sums are floats. Not thread-safe: the lanes are
 * spilled into a buffer of this object.
 */
public final class WindowNorm {

  private static final int LANES = Reductions.LANES;
  private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;
  private static final int QUAD = FOUR.length();
  private static final long FLOAT = Float.BYTES;
  private static final long STEP = LANES * FLOAT;

  /** Windows that are read side by side. */
  private static final int SIDE_BY_SIDE = 4;

  /** Of each window its lanes, then those of its tail. */
  private final float[] lanes = new float[SIDE_BY_SIDE * 2 * LANES];

  /** The sum of the squares; NaN and infinity come through. */
  public float squared(Matrix window) {
    int body = window.columns() - window.columns() % LANES;
    long at = window.address();
    for (int lane = 0; lane < LANES; lane += Memory.LANES) {
      body(at + lane * FLOAT, window.rows(), window.rowBytes(), body / LANES, lanes, lane);
    }
    tail(window, body, 0);
    return fold(lanes, 0);
  }

  /**
   * Adds the sums of four windows of one shape, which are read side by side: four chains of
   * additions that do not wait for each other.
   *
   * @param into gets each window's sum added, from {@code at} on
   */
  public void addSquared(Matrix a, Matrix b, Matrix c, Matrix d, double[] into, int at) {
    b.checkShape(a.rows(), a.columns());
    c.checkShape(a.rows(), a.columns());
    d.checkShape(a.rows(), a.columns());
    int body = a.columns() - a.columns() % LANES;
    for (int lane = 0; lane < LANES; lane += Memory.LANES) {
      bodies(a, b, c, d, body / LANES, lane);
    }
    tail(a, body, 0);
    tail(b, body, 2 * LANES);
    tail(c, body, 4 * LANES);
    tail(d, body, 6 * LANES);
    for (int window = 0; window < SIDE_BY_SIDE; window++) {
      into[at + window] += fold(lanes, window * 2 * LANES);
    }
  }

  private void bodies(Matrix a, Matrix b, Matrix c, Matrix d, int rounds, int lane) {
    long from = lane * FLOAT;
    long toB = b.address() - a.address();
    long toC = c.address() - a.address();
    long toD = d.address() - a.address();
    bodies(a.address() + from, toB, toC, toD, a.rows(), a.rowBytes(), rounds, lanes, lane);
  }

  private static void bodies(
      long start,
      long toB,
      long toC,
      long toD,
      int rows,
      long rowBytes,
      int rounds,
      float[] lanes,
      int lane) {
    FloatVector a = FloatVector.zero(SPECIES);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (int row = 0; row < rows; row++) {
      long end = start + row * rowBytes + rounds * STEP;
      for (long at = start + row * rowBytes; at < end; at += STEP) {
        FloatVector x = fromMemorySegment(SPECIES, ALL, at & ANY, LITTLE_ENDIAN);
        a = x.fma(x, a);
        x = fromMemorySegment(SPECIES, ALL, (at + toB) & ANY, LITTLE_ENDIAN);
        b = x.fma(x, b);
        x = fromMemorySegment(SPECIES, ALL, (at + toC) & ANY, LITTLE_ENDIAN);
        c = x.fma(x, c);
        x = fromMemorySegment(SPECIES, ALL, (at + toD) & ANY, LITTLE_ENDIAN);
        d = x.fma(x, d);
      }
    }
    a.intoArray(lanes, lane);
    b.intoArray(lanes, lane + 2 * LANES);
    c.intoArray(lanes, lane + 4 * LANES);
    d.intoArray(lanes, lane + 6 * LANES);
  }

  private static void body(
      long start, int rows, long rowBytes, int rounds, float[] lanes, int lane) {
    FloatVector sum = FloatVector.zero(SPECIES);
    for (int row = 0; row < rows; row++) {
      long from = (start + row * rowBytes) & ANY;
      for (int round = 0; round < rounds; round++) {
        FloatVector x = fromMemorySegment(SPECIES, ALL, from + round * STEP, LITTLE_ENDIAN);
        sum = x.fma(x, sum);
      }
    }
    sum.intoArray(lanes, lane);
  }

  private void tail(Matrix window, int body, int into) {
    Arrays.fill(lanes, into + LANES, into + 2 * LANES, 0f);
    int columns = window.columns() - body;
    int whole = columns - columns % QUAD;
    long at = window.address() + body * FLOAT;
    for (int column = 0; column < whole; column += QUAD) {
      int lane = into + LANES + column;
      quad(at + column * FLOAT, window.rows(), window.rowBytes(), lanes, lane);
    }
    for (int column = whole; column < columns; column++) {
      lanes[into + LANES + column] = column(at + column * FLOAT, window.rows(), window.rowBytes());
    }
  }

  private static void quad(long at, int rows, long rowBytes, float[] lanes, int lane) {
    FloatVector sum = FloatVector.zero(FOUR);
    for (int row = 0; row < rows; row++) {
      FloatVector x = fromMemorySegment(FOUR, ALL, (at + row * rowBytes) & ANY, LITTLE_ENDIAN);
      sum = x.fma(x, sum);
    }
    sum.intoArray(lanes, lane);
  }

  private static float column(long at, int rows, long rowBytes) {
    float sum = 0;
    for (int row = 0; row < rows; row++) {
      float x = Memory.get(at + row * rowBytes);
      sum = Math.fma(x, x, sum);
    }
    return sum;
  }

  private static float fold(float[] lanes, int from) {
    float sum = lanes[from];
    for (int lane = from + 1; lane < from + 2 * LANES; lane++) {
      sum += lanes[lane];
    }
    return sum;
  }

  /** The definition of the bits of {@link #squared}. */
  static float squaredScalar(Matrix window) {
    float[] sums = new float[2 * LANES];
    int body = window.columns() - window.columns() % LANES;
    for (int row = 0; row < window.rows(); row++) {
      for (int column = 0; column < window.columns(); column++) {
        int lane = column < body ? column % LANES : LANES + column - body;
        float x = window.get(row, column);
        sums[lane] = Math.fma(x, x, sums[lane]);
      }
    }
    return fold(sums, 0);
  }
}
