package dev.redoubt.cli.bench;

import java.util.Arrays;

/**
 * Two rates that were measured side by side, in amount a second.
 *
 * @param a median
 * @param b median
 * @param ratio the median of a over b, neighbour by neighbour
 * @param low a tenth of the ratios is below it
 * @param high a tenth of the ratios is above it
 */
public record Paired(double a, double b, double ratio, double low, double high) {

  private static final double TENTH = 0.1;

  /** From samples that were taken in turn, of equal number. */
  static Paired of(double[] a, double[] b) {
    if (a.length != b.length || a.length == 0) {
      throw new IllegalArgumentException(a.length + " samples beside " + b.length);
    }
    double[] ratios = new double[a.length];
    Arrays.setAll(ratios, i -> a[i] / b[i]);
    return new Paired(
        median(a), median(b), median(ratios), quantile(ratios, TENTH), quantile(ratios, 1 - TENTH));
  }

  static double median(double[] values) {
    return quantile(values, 0.5);
  }

  /** The nearest value of the sample, so that a figure is always one that was measured. */
  static double quantile(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.round(share * (sorted.length - 1))];
  }

  /** The geometric mean; NaN of nothing. */
  static double geometricMean(double[] ratios) {
    return Math.exp(Arrays.stream(ratios).map(Math::log).average().orElse(Double.NaN));
  }
}
