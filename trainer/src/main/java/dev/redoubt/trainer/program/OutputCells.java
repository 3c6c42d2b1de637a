package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.Matrix;

/**
 * What an instruction has just written, as cells in a row: its main output, row by row. For whoever
 * changes results on purpose.
 */
public final class OutputCells {

  private final Instruction instruction;
  private final Matrix output;

  private OutputCells(Instruction instruction) {
    this.instruction = instruction;
    this.output = instruction.outputs().getFirst();
  }

  /** Whether an instruction writes anything. */
  public static boolean has(Instruction instruction) {
    return !instruction.outputs().isEmpty();
  }

  /** Of an instruction that {@link #has} some. */
  public static OutputCells of(Instruction instruction) {
    return new OutputCells(instruction);
  }

  /** Floats in the output. */
  public long size() {
    return (long) output.rows() * output.columns();
  }

  /** Columns of the output. */
  public int columns() {
    return output.columns();
  }

  /** The bits of a float, from 0. */
  public int get(long index) {
    return Float.floatToRawIntBits(output.get(row(index), column(index)));
  }

  /** Overwrites a float. */
  public void set(long index, int bits) {
    output.set(row(index), column(index), Float.intBitsToFloat(bits));
  }

  /**
   * The bits of the first factor that is multiplied for a result of a product; 0 for anything else.
   */
  public int operand(long index) {
    Instruction.Factors factors = instruction.factors();
    if (factors == null) {
      return 0;
    }
    int row = row(index);
    Matrix left = factors.left();
    float first = factors.leftTransposed() ? left.get(0, row) : left.get(row, 0);
    return Float.floatToRawIntBits(first);
  }

  private int row(long index) {
    return Math.toIntExact(index / output.columns());
  }

  private int column(long index) {
    return Math.toIntExact(index % output.columns());
  }
}
