package dev.redoubt.cli.bench;

import java.util.Arrays;
import java.util.Locale;

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
   * Between which two values something lies.
   *
   * @param low below which it may be, or minus infinity
   * @param high above which it may be, or infinity
   */
  public record Interval(double low, double high) {

    @Override
    public String toString() {
      return Double.isInfinite(low)
          ? "not known"
          : String.format(Locale.ROOT, "%.3f..%.3f", low, high);
    }
  }

  /**
   * Where the median of what the values were drawn from lies with at least 95 %, whatever their
   * distribution: as many of them are above it as a coin shows heads (Thompson 1936). Without
   * bounds if the values are fewer than six.
   *
   * @throws IllegalArgumentException if there is no value
   */
  static Interval medianInterval(double[] values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("the median of nothing");
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int outside = 0;
    double probability = Math.pow(0.5, sorted.length);
    double below = probability;
    while (below <= 0.025) {
      outside++;
      probability *= (sorted.length - outside + 1) / (double) outside;
      below += probability;
    }
    return outside == 0
        ? new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY)
        : new Interval(sorted[outside - 1], sorted[sorted.length - outside]);
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
