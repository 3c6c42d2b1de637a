package dev.redoubt.cli.report;

import org.jspecify.annotations.Nullable;

/**
 * One thing that was wanted of a run, and what was seen.
 *
 * @param id such as {@code finalState} or {@code faults.flip.detected}
 * @param held null if nobody can say
 */
public record Expectation(String id, String wanted, String observed, @Nullable Boolean held) {

  /** Whether it did not hold. */
  public boolean failed() {
    return held != null && !held;
  }

  /** Whether nobody can say. */
  public boolean open() {
    return held == null;
  }
}
