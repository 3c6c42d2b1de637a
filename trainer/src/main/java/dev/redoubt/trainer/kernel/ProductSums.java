package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.ANY;
import static dev.redoubt.trainer.kernel.Memory.LANES;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * The loops below {@link ProductCheck}: signed sums and sums of squares, over what a product has
 * packed while it is in the cache, and over rows of the target.
 *
 * <p>Sums of a row or column go in one order on every machine; only the one sum of all squares
 * depends on the width of the vectors, in its last bits. Small methods, for the reasons in {@link
 * Tiles}.
 */
final class ProductSums {

  private static final int GROUP = 4;
  private static final long FLOAT = Float.BYTES;

  private ProductSums() {}

  /**
   * A strip that stands in rows: {@code sums[k] += sum over rows of sign * value}.
   *
   * @param signs one for each row
   * @param sums of the strip's depth
   * @param lanes get the squares of all values, each in some lane
   */
  static void rows(
      float[] strip, int rows, int depth, float[] signs, int sign, float[] sums, float[] lanes) {
    int whole = Memory.whole(depth);
    int grouped = rows - rows % GROUP;
    if (grouped > 0) {
      groups(strip, grouped, whole, signs, sign, sums, lanes);
    }
    rest(strip, grouped, rows, 0, whole, signs, sign, sums, lanes);
    rest(strip, 0, rows, whole, depth, signs, sign, sums, lanes);
  }

  /** What is no whole vector, or no whole group of rows. */
  private static void rest(
      float[] strip,
      int fromRow,
      int rows,
      int from,
      int depth,
      float[] signs,
      int sign,
      float[] sums,
      float[] lanes) {
    for (int k = from; k < depth; k++) {
      float sum = 0;
      float squares = 0;
      for (int row = fromRow; row < rows; row++) {
        float value = strip[row * LeftStrip.STRIDE + k];
        sum = Math.fma(signs[sign + row], value, sum);
        squares = Math.fma(value, value, squares);
      }
      sums[k] += sum;
      lanes[0] += squares;
    }
  }

  private static void groups(
      float[] strip, int rows, int whole, float[] signs, int sign, float[] sums, float[] lanes) {
    FloatVector squares0 = fromArray(SPECIES, lanes, 0);
    FloatVector squares1 = FloatVector.zero(SPECIES);
    for (int k = 0; k < whole; k += LANES) {
      FloatVector sum0 = FloatVector.zero(SPECIES);
      FloatVector sum1 = FloatVector.zero(SPECIES);
      for (int row = 0; row < rows; row += 2) {
        int at = row * LeftStrip.STRIDE + k;
        FloatVector x = fromArray(SPECIES, strip, at);
        FloatVector y = fromArray(SPECIES, strip, at + LeftStrip.STRIDE);
        sum0 = x.fma(FloatVector.broadcast(SPECIES, signs[sign + row]), sum0);
        sum1 = y.fma(FloatVector.broadcast(SPECIES, signs[sign + row + 1]), sum1);
        squares0 = x.fma(x, squares0);
        squares1 = y.fma(y, squares1);
      }
      sum0.add(sum1).add(fromArray(SPECIES, sums, k)).intoArray(sums, k);
    }
    squares0.add(squares1).intoArray(lanes, 0);
  }

  /**
   * A strip that stands in columns of {@link LeftStrip#ROWS}: {@code sums[k, row] += sign * value}.
   *
   * @param sums as the strip stands; to be folded when all strips have gone by
   * @param lanes as above
   */
  static void columns(
      float[] strip, int rows, int depth, float[] signs, int sign, float[] sums, float[] lanes) {
    if (rows == LeftStrip.ROWS) {
      for (int part = 0; part < LeftStrip.ROWS; part += LANES) {
        wholeColumns(strip, part, depth, signs, sign + part, sums, lanes);
      }
      return;
    }
    for (int k = 0; k < depth; k++) {
      for (int row = 0; row < rows; row++) {
        int at = k * LeftStrip.ROWS + row;
        sums[at] = Math.fma(signs[sign + row], strip[at], sums[at]);
        lanes[0] = Math.fma(strip[at], strip[at], lanes[0]);
      }
    }
  }

  private static void wholeColumns(
      float[] strip, int part, int depth, float[] signs, int sign, float[] sums, float[] lanes) {
    FloatVector weights = fromArray(SPECIES, signs, sign);
    FloatVector squares0 = fromArray(SPECIES, lanes, 0);
    FloatVector squares1 = FloatVector.zero(SPECIES);
    int even = depth - depth % 2;
    for (int k = 0; k < even; k += 2) {
      int at = k * LeftStrip.ROWS + part;
      FloatVector x = fromArray(SPECIES, strip, at);
      FloatVector y = fromArray(SPECIES, strip, at + LeftStrip.ROWS);
      x.fma(weights, fromArray(SPECIES, sums, at)).intoArray(sums, at);
      y.fma(weights, fromArray(SPECIES, sums, at + LeftStrip.ROWS))
          .intoArray(sums, at + LeftStrip.ROWS);
      squares0 = x.fma(x, squares0);
      squares1 = y.fma(y, squares1);
    }
    if (even < depth) {
      int at = even * LeftStrip.ROWS + part;
      FloatVector x = fromArray(SPECIES, strip, at);
      x.fma(weights, fromArray(SPECIES, sums, at)).intoArray(sums, at);
      squares0 = x.fma(x, squares0);
    }
    squares0.add(squares1).intoArray(lanes, 0);
  }

  /** {@code to[k] = sum over the strip's rows of sums[k, row]}. */
  static void fold(float[] sums, int depth, float[] to) {
    for (int k = 0; k < depth; k++) {
      int at = k * LeftStrip.ROWS;
      float even = 0;
      float odd = 0;
      for (int row = 0; row < LeftStrip.ROWS; row += 2) {
        even += sums[at + row];
        odd += sums[at + row + 1];
      }
      to[k] = even + odd;
    }
  }

  /**
   * A panel of the right factor: {@code sums[n] = sum over k of weights[k] * panel[k, n]}, and the
   * squares of each column; both of {@link Tiles#COLUMNS}.
   */
  static void panel(
      float[] panel, int from, int depth, float[] weights, float[] sums, float[] squares) {
    FloatVector sum00 = FloatVector.zero(SPECIES);
    FloatVector sum01 = sum00;
    FloatVector sum10 = sum00;
    FloatVector sum11 = sum00;
    FloatVector square00 = sum00;
    FloatVector square01 = sum00;
    FloatVector square10 = sum00;
    FloatVector square11 = sum00;
    int even = depth - depth % 2;
    for (int k = 0; k < even; k += 2) {
      int at = from + k * Tiles.COLUMNS;
      FloatVector weight = FloatVector.broadcast(SPECIES, weights[k]);
      FloatVector x = fromArray(SPECIES, panel, at);
      FloatVector y = fromArray(SPECIES, panel, at + LANES);
      sum00 = x.fma(weight, sum00);
      sum01 = y.fma(weight, sum01);
      square00 = x.fma(x, square00);
      square01 = y.fma(y, square01);
      weight = FloatVector.broadcast(SPECIES, weights[k + 1]);
      x = fromArray(SPECIES, panel, at + Tiles.COLUMNS);
      y = fromArray(SPECIES, panel, at + Tiles.COLUMNS + LANES);
      sum10 = x.fma(weight, sum10);
      sum11 = y.fma(weight, sum11);
      square10 = x.fma(x, square10);
      square11 = y.fma(y, square11);
    }
    if (even < depth) {
      int at = from + even * Tiles.COLUMNS;
      FloatVector weight = FloatVector.broadcast(SPECIES, weights[even]);
      FloatVector x = fromArray(SPECIES, panel, at);
      FloatVector y = fromArray(SPECIES, panel, at + LANES);
      sum00 = x.fma(weight, sum00);
      sum01 = y.fma(weight, sum01);
      square00 = x.fma(x, square00);
      square01 = y.fma(y, square01);
    }
    sum00.add(sum10).intoArray(sums, 0);
    sum01.add(sum11).intoArray(sums, LANES);
    square00.add(square10).intoArray(squares, 0);
    square01.add(square11).intoArray(squares, LANES);
  }

  /**
   * Rows of the target: {@code sums[n] = sum over rows of sign * c[row, n]}, and the squares.
   *
   * @param c address of the first of the rows
   * @param rows so few that floats do for a sum
   * @param sums one for each column, overwritten
   * @param squares as well
   */
  static void target(
      long c,
      long rowBytes,
      int rows,
      int columns,
      float[] signs,
      int sign,
      float[] sums,
      float[] squares) {
    Arrays.fill(sums, 0, columns, 0f);
    Arrays.fill(squares, 0, columns, 0f);
    int whole = Memory.whole(columns);
    int grouped = rows - rows % GROUP;
    for (int row = 0; row < grouped; row += GROUP) {
      fourRows(c + row * rowBytes, rowBytes, whole, signs, sign + row, sums, squares);
    }
    for (int row = 0; row < rows; row++) {
      float weight = signs[sign + row];
      long from = c + row * rowBytes;
      for (int n = row < grouped ? whole : 0; n < columns; n++) {
        float value = Memory.get(from + n * FLOAT);
        sums[n] = Math.fma(weight, value, sums[n]);
        squares[n] = Math.fma(value, value, squares[n]);
      }
    }
  }

  private static void fourRows(
      long c, long rowBytes, int whole, float[] signs, int sign, float[] sums, float[] squares) {
    long row0 = c & ANY;
    long row1 = (c + rowBytes) & ANY;
    long row2 = (c + 2 * rowBytes) & ANY;
    long row3 = (c + 3 * rowBytes) & ANY;
    FloatVector weight0 = FloatVector.broadcast(SPECIES, signs[sign]);
    FloatVector weight1 = FloatVector.broadcast(SPECIES, signs[sign + 1]);
    FloatVector weight2 = FloatVector.broadcast(SPECIES, signs[sign + 2]);
    FloatVector weight3 = FloatVector.broadcast(SPECIES, signs[sign + 3]);
    for (int n = 0; n < whole; n += LANES) {
      long at = n * FLOAT;
      FloatVector x0 = fromMemorySegment(SPECIES, ALL, row0 + at, LITTLE_ENDIAN);
      FloatVector x1 = fromMemorySegment(SPECIES, ALL, row1 + at, LITTLE_ENDIAN);
      FloatVector x2 = fromMemorySegment(SPECIES, ALL, row2 + at, LITTLE_ENDIAN);
      FloatVector x3 = fromMemorySegment(SPECIES, ALL, row3 + at, LITTLE_ENDIAN);
      FloatVector sum01 = x1.fma(weight1, x0.mul(weight0));
      FloatVector sum23 = x3.fma(weight3, x2.mul(weight2));
      FloatVector square01 = x1.fma(x1, x0.mul(x0));
      FloatVector square23 = x3.fma(x3, x2.mul(x2));
      sum01.add(sum23).add(fromArray(SPECIES, sums, n)).intoArray(sums, n);
      square01.add(square23).add(fromArray(SPECIES, squares, n)).intoArray(squares, n);
    }
  }
}
