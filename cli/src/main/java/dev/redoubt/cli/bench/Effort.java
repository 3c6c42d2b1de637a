package dev.redoubt.cli.bench;

/**
 * How long is measured.
 *
 * @param warmMillis before the first sample, for each side
 * @param sampleMillis at least, for one sample of one side
 * @param pairs of samples
 * @param steps whole training steps
 */
public record Effort(int warmMillis, int sampleMillis, int pairs, int steps) {

  /** For figures to be quoted. */
  public static final Effort FULL = new Effort(250, 6, 41, 9);

  /** To see that it runs, and roughly how. */
  public static final Effort QUICK = new Effort(80, 3, 11, 3);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is not positive
   */
  public Effort {
    if (warmMillis < 1 || sampleMillis < 1 || pairs < 1 || steps < 1) {
      throw new IllegalArgumentException("an effort is positive");
    }
  }

  /** As many times the pairs: for what depends on memory, whose speed is never twice the same. */
  Effort times(int more) {
    return new Effort(warmMillis, sampleMillis, pairs * more, steps);
  }
}
