package dev.redoubt.core;

/**
 * When a rank is late, so that a spare does its work of the step too.
 *
 * <p>A rank is late when it has not summed up its microbatches within the limit: {@code factor}
 * times what that usually takes, and no less than {@code millisMin}. The lower end is there because
 * a step may take less time than a garbage collection, which is no reason to suspect anybody.
 *
 * @param factor above 1; 0 = off
 * @param millisMin no rank is late before
 * @param timesMax who let so many limits pass in a row is evicted
 */
public record Patience(double factor, long millisMin, int timesMax) {

  /** Nobody is ever late; deadlines are all there is. */
  public static final Patience UNLIMITED = new Patience(0, 0, 1);

  public Patience {
    if (!(factor == 0 || (factor > 1 && factor <= 1000))) {
      throw new IllegalArgumentException(
          "a rank is late after 0 (never) or more than 1 up to 1000 times its usual time, not "
              + factor);
    }
    if (millisMin < 0 || timesMax < 1) {
      throw new IllegalArgumentException(
          "millisMin is 0 or more and timesMax 1 or more, not " + millisMin + " and " + timesMax);
    }
  }

  /** Whether anybody can be late. */
  public boolean on() {
    return factor > 0;
  }

  /** After how many milliseconds a rank is late that usually takes {@code usualMillis}. */
  public long limitMillis(double usualMillis) {
    return Math.max(millisMin, (long) Math.ceil(factor * usualMillis));
  }
}
