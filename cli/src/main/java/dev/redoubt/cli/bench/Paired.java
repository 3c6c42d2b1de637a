package dev.redoubt.cli.bench;

/**
 * Measures two things in turn, in short samples, so that what disturbs one disturbs the other.
 *
 * <p>Which of the two goes first changes from pair to pair. A time of its own says little on a
 * machine with other work; the ratio within a pair does.
 */
public final class Paired {

  private final Effort effort;

  public Paired(Effort effort) {
    this.effort = effort;
  }

  /** Both do the same work. */
  public Comparison measure(Runnable ours, Runnable reference) {
    return measure(ours, reference, 1);
  }

  /**
   * Both are warmed up and then measured.
   *
   * @param work of one run of ours in runs of the reference, in the unit that matters, such as
   *     bytes or floating-point operations
   */
  public Comparison measure(Runnable ours, Runnable reference, double work) {
    return samples(ours, reference).compare(work);
  }

  /** Both are warmed up and then measured; the samples as they are, to be put to others. */
  Samples samples(Runnable ours, Runnable reference) {
    int rounds = rounds(ours);
    int referenceRounds = rounds(reference);
    double[] mine = new double[effort.pairs()];
    double[] theirs = new double[effort.pairs()];
    for (int pair = 0; pair < mine.length; pair++) {
      if (pair % 2 == 0) {
        mine[pair] = nanos(ours, rounds);
        theirs[pair] = nanos(reference, referenceRounds);
      } else {
        theirs[pair] = nanos(reference, referenceRounds);
        mine[pair] = nanos(ours, rounds);
      }
    }
    return new Samples(mine, theirs);
  }

  /** One thing alone: nanoseconds of one run, the median. */
  public double alone(Runnable runnable) {
    int rounds = rounds(runnable);
    double[] samples = new double[effort.pairs()];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = nanos(runnable, rounds);
    }
    return Statistics.median(samples);
  }

  /** Runs it for a while, so that it is compiled. */
  void warm(Runnable runnable) {
    rounds(runnable);
  }

  /** Warms up, and finds out how many runs fill a sample. */
  private int rounds(Runnable runnable) {
    long start = System.nanoTime();
    double fastest = Double.MAX_VALUE;
    do {
      fastest = Math.min(fastest, nanos(runnable, 1));
    } while (System.nanoTime() - start < effort.warmMillis() * 1_000_000L);
    return (int) Math.clamp(effort.sampleMillis() * 1e6 / Math.max(1, fastest), 1, 1e6);
  }

  static double nanos(Runnable runnable, int rounds) {
    long start = System.nanoTime();
    for (int round = 0; round < rounds; round++) {
      runnable.run();
    }
    return Math.max(1, System.nanoTime() - start) / (double) rounds;
  }
}
