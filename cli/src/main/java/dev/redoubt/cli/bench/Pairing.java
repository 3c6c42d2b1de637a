package dev.redoubt.cli.bench;

import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Measures two works side by side: a sample of one, a sample of the other, in turn. A machine that
 * is slow for a while is slow for both, so that the ratio of neighbours can be trusted where a time
 * cannot. The limit: what one leaves in the caches, the other finds.
 */
final class Pairing {

  private static final int CALLS_MAX = 1 << 30;
  private static final double NANO = 1e-9;

  /** So many samples in a row no faster than the best one. */
  private static final int STEADY = 8;

  private static final double FASTER = 0.97;

  /** Times the warm-up, and it has to do as it is. */
  private static final int PATIENCE = 10;

  private final Pace pace;
  private final LongSupplier nanoTime;

  Pairing(Pace pace, LongSupplier nanoTime) {
    this.pace = pace;
    this.nanoTime = nanoTime;
  }

  /** Samples {@code a} and {@code b} in turn. */
  Paired measure(Work a, Work b) {
    int callsOfA = warm(a);
    int callsOfB = warm(b);
    double[] ratesOfA = new double[pace.samples()];
    double[] ratesOfB = new double[pace.samples()];
    for (int i = 0; i < pace.samples(); i++) {
      // Each goes first as often as the other.
      if (i % 2 == 0) {
        ratesOfA[i] = rate(a, callsOfA);
        ratesOfB[i] = rate(b, callsOfB);
      } else {
        ratesOfB[i] = rate(b, callsOfB);
        ratesOfA[i] = rate(a, callsOfA);
      }
    }
    return Paired.of(ratesOfA, ratesOfB);
  }

  /** Samples {@code a} alone: a rate in amount a second, the median. */
  double measure(Work a) {
    int calls = warm(a);
    double[] rates = new double[pace.samples()];
    Arrays.setAll(rates, i -> rate(a, calls));
    return Paired.median(rates);
  }

  /**
   * Runs it until it no longer gets faster, and says how many calls fill a sample. Compiling goes
   * on beside it, so a fixed time would be too short on a busy machine.
   */
  private int warm(Work work) {
    int calls = 1;
    double best = Double.MAX_VALUE;
    int steady = 0;
    long begin = nanoTime.getAsLong();
    long elapsed = 0;
    while (elapsed < pace.warmup().toNanos()
        || (steady < STEADY && elapsed < pace.warmup().multipliedBy(PATIENCE).toNanos())) {
      double each = (double) run(work, calls) / calls;
      steady = each < best * FASTER ? 0 : steady + 1;
      best = Math.min(best, each);
      calls = Math.clamp(Math.round(pace.sample().toNanos() / each), 1, CALLS_MAX);
      elapsed = nanoTime.getAsLong() - begin;
    }
    return calls;
  }

  private double rate(Work work, int calls) {
    return work.amount() * calls / (run(work, calls) * NANO);
  }

  private long run(Work work, int calls) {
    long start = nanoTime.getAsLong();
    for (int i = 0; i < calls; i++) {
      work.body().run();
    }
    return Math.max(1, nanoTime.getAsLong() - start);
  }
}
