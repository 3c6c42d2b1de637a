package dev.redoubt.trainer.scan;

import java.util.List;

/**
 * A wrong answer.
 *
 * @param cpu on which it was computed; -1 if the thread was not pinned
 * @param kernel which kernel
 * @param operands fed with what
 * @param lanes results whose index modulo 16 is one of these were wrong
 * @param wrong how many runs of the same test were wrong, with the first
 * @param runs of it
 */
public record Finding(
    int cpu, String kernel, String operands, List<Integer> lanes, int wrong, int runs) {

  public Finding {
    lanes = List.copyOf(lanes);
  }

  /** For people: {@code gate of ones, lanes [7], 9 of 9 runs (persistent)}. */
  public String words() {
    return "%s of %s, lanes %s, %d of %d runs (%s)"
        .formatted(
            kernel, operands, lanes, wrong, runs, isPersistent() ? "persistent" : "intermittent");
  }

  /** Whether the same test was wrong each time. */
  public boolean isPersistent() {
    return wrong == runs;
  }
}
