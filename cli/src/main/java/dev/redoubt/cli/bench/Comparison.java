package dev.redoubt.cli.bench;

import dev.redoubt.cli.bench.Statistics.Interval;

/**
 * What two things took side by side.
 *
 * @param nanos of one run of ours, the median
 * @param referenceNanos of one run of the reference, the median
 * @param ratio how many times as fast as the reference ours is: the median over the pairs
 * @param low the lower quartile of the pairs' ratios
 * @param high their upper quartile
 * @param median where the ratio's median lies if there were more pairs, with 95 %
 */
public record Comparison(
    double nanos, double referenceNanos, double ratio, double low, double high, Interval median) {

  /**
   * From the samples, pair by pair.
   *
   * @param ours nanoseconds for one run
   * @param reference nanoseconds for one run, measured right beside
   * @param work of one run of ours in runs of the reference: 1 if both do the same
   */
  static Comparison of(double[] ours, double[] reference, double work) {
    if (ours.length != reference.length) {
      throw new IllegalArgumentException(ours.length + " samples beside " + reference.length);
    }
    double[] ratios = new double[ours.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = reference[i] * work / ours[i];
    }
    return new Comparison(
        Statistics.median(ours),
        Statistics.median(reference),
        Statistics.median(ratios),
        Statistics.quantile(ratios, 0.25),
        Statistics.quantile(ratios, 0.75),
        Statistics.medianInterval(ratios));
  }
}
