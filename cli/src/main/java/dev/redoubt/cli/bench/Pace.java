package dev.redoubt.cli.bench;

import java.time.Duration;

/**
 * How long measuring goes on.
 *
 * @param samples of each side that count; odd, so that there is a median
 * @param sample length of one; short ones lose less to whatever else the machine does
 * @param warmup at least so long before the first sample that counts
 */
public record Pace(int samples, Duration sample, Duration warmup) {

  /** For figures that are quoted. */
  public static final Pace FULL = new Pace(41, Duration.ofMillis(12), Duration.ofMillis(400));

  /** To see that it works. */
  public static final Pace QUICK = new Pace(9, Duration.ofMillis(3), Duration.ofMillis(250));

  public Pace {
    if (samples < 1 || samples % 2 == 0) {
      throw new IllegalArgumentException("samples must be odd and positive, not " + samples);
    }
    if (!sample.isPositive() || warmup.isNegative()) {
      throw new IllegalArgumentException("a sample takes time: " + sample + " after " + warmup);
    }
  }
}
