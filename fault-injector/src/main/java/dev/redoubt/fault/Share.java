package dev.redoubt.fault;

/**
 * Which frames something happens to, of those that a machine sends.
 *
 * @param count no more than so many, at least 1; {@link #ANY} if there is no limit
 * @param probability with which it happens to a frame, above 0 and at most 1
 * @param steps in which it does, from the first on; tries of the same step counted once
 */
public record Share(int count, double probability, int steps) {

  /** As many as there are. */
  public static final int ANY = Integer.MAX_VALUE;

  /** Checks the ranges. */
  public Share {
    if (count < 1 || steps < 1 || !(probability > 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          "at least 1 frame, a probability above 0 and at most 1, and at least 1 step; not %d, %s"
                  .formatted(count, probability)
              + " and "
              + steps);
    }
  }

  /** The first {@code count} frames, in however many steps they come. */
  public static Share first(int count) {
    return new Share(count, 1, Integer.MAX_VALUE);
  }

  /** Each frame of some steps with the same probability. */
  public static Share of(double probability, int steps) {
    return new Share(ANY, probability, steps);
  }

  /**
   * Whether it happens to a frame.
   *
   * @param seed of the draw
   * @param number of the frame, from 0
   */
  public boolean takes(long seed, long number) {
    return Draw.happens(probability, seed, number);
  }
}
