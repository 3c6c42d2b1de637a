package dev.redoubt.cli.report;

import org.jspecify.annotations.Nullable;

/**
 * One thing that was wanted of a run, and what was seen.
 *
 * @param id such as {@code finalState} or {@code faults.flip.detected}
 * @param held null if nobody can say
 */
public record Expectation(String id, String wanted, String observed, @Nullable Boolean held) {

  boolean failed() {
    return held != null && !held;
  }

  boolean open() {
    return held == null;
  }
}
