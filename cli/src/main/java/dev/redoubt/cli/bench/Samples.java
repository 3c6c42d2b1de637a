package dev.redoubt.cli.bench;

import java.util.stream.DoubleStream;

/**
 * Pairs of samples.
 *
 * @param ours nanoseconds for one run
 * @param reference nanoseconds for one run, measured right beside
 */
@SuppressWarnings("ArrayRecordComponent") // Never changed, never compared.
record Samples(double[] ours, double[] reference) {

  /** These and others. */
  Samples and(Samples more) {
    return new Samples(joined(ours, more.ours), joined(reference, more.reference));
  }

  private static double[] joined(double[] first, double[] second) {
    return DoubleStream.concat(DoubleStream.of(first), DoubleStream.of(second)).toArray();
  }

  /**
   * Side by side.
   *
   * @param work of one run of ours in runs of the reference
   */
  Comparison compare(double work) {
    return Comparison.of(ours, reference, work);
  }
}
