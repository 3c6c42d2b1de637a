package dev.redoubt.cli.scenario;

import java.util.Comparator;

/**
 * Something wrong in a scenario file.
 *
 * @param line counted from 1
 * @param column counted from 1
 * @param path such as {@code faults[1].inject.target.pod}; empty for the file as a whole
 * @param message what is wrong and what was expected
 */
public record Problem(int line, int column, String path, String message)
    implements Comparable<Problem> {

  private static final Comparator<Problem> BY_PLACE =
      Comparator.comparingInt(Problem::line)
          .thenComparingInt(Problem::column)
          .thenComparing(Problem::path)
          .thenComparing(Problem::message);

  @Override
  public int compareTo(Problem other) {
    return BY_PLACE.compare(this, other);
  }

  /** {@code 12:5: train.steps: is 0, expected at least 1}. */
  @Override
  public String toString() {
    String place = line + ":" + column + ": ";
    return path.isEmpty() ? place + message : place + path + ": " + message;
  }
}
