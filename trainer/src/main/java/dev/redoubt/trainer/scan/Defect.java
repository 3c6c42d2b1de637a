package dev.redoubt.trainer.scan;

/** What a defective core makes of results, simulated: it changes them after they were computed. */
@FunctionalInterface
public interface Defect {

  /**
   * Changes what it changes.
   *
   * @param results changed in place
   * @param operand the first operand's bits; may be empty
   * @param test the number of the test, from 0 on
   */
  void strike(Kernel of, int[] results, int[] operand, long test);
}
