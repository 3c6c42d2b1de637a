package dev.redoubt.trainer.scan;

import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.ProductCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Operands and results of one run of a kernel. */
final class Room {

  private static final int LINE_BYTES = 64;

  /** Of the 52 of a double's mantissa. */
  private static final int LAST_BITS = 40;

  private final Arena arena;
  private final Operands operands;
  private final List<Integer> results = new ArrayList<>();
  private int[] first = {};
  private int filled;

  Room(Arena arena, Operands operands) {
    this.arena = arena;
    this.operands = operands;
  }

  Arena arena() {
    return arena;
  }

  /** The next operand. */
  Matrix operand(int rows, int columns) {
    Matrix matrix = blank(rows, columns);
    int[] bits = new int[rows * columns];
    for (int i = 0; i < bits.length; i++) {
      float value = operands.at(filled, i);
      matrix.set(i / columns, i % columns, value);
      bits[i] = Float.floatToRawIntBits(value);
    }
    if (filled == 0) {
      first = bits;
    }
    filled++;
    return matrix;
  }

  /** The next operand without signs: second moments, for one, have none. */
  Matrix positive(int rows, int columns) {
    Matrix matrix = operand(rows, columns);
    for (int i = 0; i < rows * columns; i++) {
      matrix.set(i / columns, i % columns, Math.abs(matrix.get(i / columns, i % columns)));
    }
    return matrix;
  }

  /** Zeros. */
  Matrix blank(int rows, int columns) {
    return Matrix.allocate(arena, rows, columns);
  }

  /** The next operand as bytes. */
  MemorySegment bytes(int floats) {
    MemorySegment bytes = arena.allocate((long) floats * Float.BYTES, LINE_BYTES);
    for (int i = 0; i < floats; i++) {
      bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, operands.at(filled, i));
    }
    filled++;
    return bytes;
  }

  /** A result. All NaNs are one: which bits they have is the processor's affair. */
  void result(Matrix matrix) {
    for (int row = 0; row < matrix.rows(); row++) {
      for (int column = 0; column < matrix.columns(); column++) {
        results.add(Float.floatToIntBits(matrix.get(row, column)));
      }
    }
  }

  /** A result that is a double. */
  void result(double value) {
    result(Double.doubleToLongBits(value));
  }

  /** A result of 64 bits. */
  void result(long bits) {
    results.add((int) bits);
    results.add((int) (bits >>> 32));
  }

  /**
   * What a check of a product came to. Of the one sum whose last bits depend on the vectors' width
   * only the first twelve of the mantissa count.
   */
  void result(ProductCheck check, List<ProductCheck.Wrong> wrong) {
    for (double sum : check.sums()) {
      result(sum);
    }
    result(Double.doubleToLongBits(check.leftSquares()) >>> LAST_BITS);
    result(check.columns());
    result(check.suspicious());
    result(check.unchecked());
    result(wrong.size());
  }

  /** The bits of all results, in order. */
  int[] results() {
    return results.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The bits of the first operand. */
  int[] firstOperand() {
    return first.clone();
  }
}
