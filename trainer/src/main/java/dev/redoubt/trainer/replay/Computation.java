package dev.redoubt.trainer.replay;

import java.util.List;

/**
 * A computation of one microbatch that can be asked what each of its instructions made, in the
 * order of the program. It may be on another machine: a question is answered in 8 bytes, or in one
 * output.
 */
public interface Computation {

  /**
   * One window that an instruction wrote.
   *
   * @param rows of the window
   * @param columns of the window
   * @param bits of its floats, row by row
   */
  record Window(int rows, int columns, List<Integer> bits) {

    /** Keeps a copy. */
    public Window {
      bits = List.copyOf(bits);
      if (bits.size() != rows * columns) {
        throw new IllegalArgumentException(
            "%d floats are no window of %d x %d".formatted(bits.size(), rows, columns));
      }
    }
  }

  /** How many instructions the program has. */
  int instructions();

  /**
   * A digest of the outputs of the first {@code count} instructions, or of the inputs.
   *
   * @param count from 0, which stands for the inputs
   */
  long prefix(int count);

  /**
   * What an instruction wrote, computed once more: of a fault that has passed it tells nothing.
   *
   * @param at from 0
   */
  List<Window> output(int at);
}
