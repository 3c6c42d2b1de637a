package dev.redoubt.core;

/**
 * How much of the steps is computed a second time by spares, before it is verified.
 *
 * <p>What is audited is drawn from seed, step and span alone, so a step that is done again is
 * audited in the same places, whoever computes them then.
 *
 * @param fraction of the spans, 0 (off) up to 1 (all); a span is a node of the microbatch tree that
 *     one worker sums up
 * @param seed of the draw
 * @param lagSteps so many steps may be done whose audits are not over when the next one begins; 0:
 *     each step waits for its own
 */
public record Audits(double fraction, long seed, int lagSteps) {

  /** No audits. */
  public static final Audits NONE = new Audits(0, 0);

  /** Audits that each step waits for. */
  public Audits(double fraction, long seed) {
    this(fraction, seed, 0);
  }

  public Audits {
    if (lagSteps < 0 || (lagSteps > 0 && fraction == 0)) {
      throw new IllegalArgumentException(
          "audits lag by 0 steps or more, where there are any; not " + lagSteps);
    }
    if (!(fraction >= 0 && fraction <= 1)) {
      throw new IllegalArgumentException(
          "the audited fraction is 0 (off) up to 1 (all), not " + fraction);
    }
  }

  public boolean on() {
    return fraction > 0;
  }

  /** Whether {@code span} of {@code step} is audited. */
  boolean draws(long step, Span span) {
    long mixed = mix(mix(mix(seed, step), span.from()), span.to());
    return (mixed >>> 11) * 0x1p-53 < fraction;
  }

  /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014), over a running hash. */
  private static long mix(long hash, long next) {
    long z = hash + 0x9E3779B97F4A7C15L * (next + 1);
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
