package dev.redoubt.node;

import dev.redoubt.fault.OperationOutput;
import dev.redoubt.trainer.scan.Kernel;

/**
 * What a known-answer test came to, as a defective core sees it: one row, so that its lane is the
 * one that the finding names.
 *
 * @param results that can be changed
 * @param operand the first operand's bits; may be empty
 */
@SuppressWarnings("ArrayRecordComponent") // Only looked at while the test runs.
record TestResults(Kernel kernel, int[] results, int[] operand) implements OperationOutput {

  @Override
  public String name() {
    return kernel.word();
  }

  @Override
  public String tiled() {
    return "known-answer test of " + kernel.word();
  }

  @Override
  public boolean isProduct() {
    return kernel.isProduct();
  }

  @Override
  public int columns() {
    return results.length;
  }

  @Override
  public int operand(long index) {
    return operand.length == 0 ? 0 : operand[(int) (index % operand.length)];
  }

  @Override
  public long size() {
    return results.length;
  }

  @Override
  public int get(long index) {
    return results[(int) index];
  }

  @Override
  public void set(long index, int bits) {
    results[(int) index] = bits;
  }
}
