package dev.redoubt.trainer.kernel;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

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
  private static final int QUAD = 4;
  private static final long FLOAT = Float.BYTES;
  private static final long STEP = LANES * FLOAT;

  private final float[] lanes = new float[2 * LANES];

  /** The sum of the squares; NaN and infinity come through. */
  public float squared(Matrix window) {
    int body = window.columns() - window.columns() % LANES;
    long at = window.address();
    for (int lane = 0; lane < LANES; lane += Memory.LANES) {
      body(at + lane * FLOAT, window.rows(), window.rowBytes(), body / LANES)
          .intoArray(lanes, lane);
    }
    tail(at + body * FLOAT, window.rows(), window.rowBytes(), window.columns() - body);
    return fold(lanes);
  }

  private static FloatVector body(long at, int rows, long rowBytes, int rounds) {
    FloatVector sum = FloatVector.zero(Memory.SPECIES);
    for (int row = 0; row < rows; row++) {
      for (int round = 0; round < rounds; round++) {
        FloatVector x = Memory.load(at + row * rowBytes + round * STEP);
        sum = x.fma(x, sum);
      }
    }
    return sum;
  }

  private void tail(long at, int rows, long rowBytes, int columns) {
    Arrays.fill(lanes, LANES, 2 * LANES, 0f);
    int whole = columns - columns % QUAD;
    for (int column = 0; column < whole; column += QUAD) {
      quad(at + column * FLOAT, rows, rowBytes).intoArray(lanes, LANES + column);
    }
    for (int column = whole; column < columns; column++) {
      lanes[LANES + column] = column(at + column * FLOAT, rows, rowBytes);
    }
  }

  private static FloatVector quad(long at, int rows, long rowBytes) {
    FloatVector sum = FloatVector.zero(FloatVector.SPECIES_128);
    for (int row = 0; row < rows; row++) {
      FloatVector x = Memory.load(FloatVector.SPECIES_128, at + row * rowBytes);
      sum = x.fma(x, sum);
    }
    return sum;
  }

  private static float column(long at, int rows, long rowBytes) {
    float sum = 0;
    for (int row = 0; row < rows; row++) {
      float x = Memory.get(at + row * rowBytes);
      sum = Math.fma(x, x, sum);
    }
    return sum;
  }

  private static float fold(float[] lanes) {
    float sum = lanes[0];
    for (int lane = 1; lane < lanes.length; lane++) {
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
    return fold(sums);
  }
}
