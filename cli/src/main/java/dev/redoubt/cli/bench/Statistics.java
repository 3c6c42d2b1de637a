package dev.redoubt.cli.bench;

import java.util.Arrays;

/** Of samples that other work on the machine disturbs: so no means, but places in the order. */
final class Statistics {

  private Statistics() {}

  /** The middle value; of an even number the mean of both. */
  static double median(double[] values) {
    return quantile(values, 0.5);
  }

  /**
   * The value below which a share of all lies, between two of them by their distance.
   *
   * @param share from 0 to 1
   * @throws IllegalArgumentException if there is no value, or the share is none
   */
  static double quantile(double[] values, double share) {
    if (values.length == 0 || !(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("the " + share + " quantile of " + values.length);
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  /**
   * The root of the product.
   *
   * @throws IllegalArgumentException if there is no value, or one is not positive
   */
  static double geometricMean(double[] values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("the geometric mean of nothing");
    }
    double logs = 0;
    for (double value : values) {
      if (!(value > 0)) {
        throw new IllegalArgumentException("the geometric mean of " + value);
      }
      logs += Math.log(value);
    }
    return Math.exp(logs / values.length);
  }
}
