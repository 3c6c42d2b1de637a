package dev.redoubt.simulator;

/**
 * So many of so many, and how far chance may have moved the share.
 *
 * @param hits those that had the property
 * @param of all that were looked at
 */
public record Proportion(long hits, long of) {

  /** Of the normal distribution, for 95 % on both sides. */
  private static final double Z = 1.959963984540054;

  /** Refuses what is no count. */
  public Proportion {
    if (hits < 0 || of < hits) {
      throw new IllegalArgumentException(hits + " of " + of + " is no proportion");
    }
  }

  /** The share; NaN of none. */
  public double share() {
    return of == 0 ? Double.NaN : (double) hits / of;
  }

  /**
   * The lower end of Wilson's 95 % interval, which holds near 0 and 1 too (Wilson 1927, Probable
   * inference, the law of succession, and statistical inference); 0 of none.
   */
  public double low() {
    return of == 0 ? 0 : hits == 0 ? 0 : centre() - halfWidth();
  }

  /** The upper end of it; 1 of none. */
  public double high() {
    return of == 0 ? 1 : hits == of ? 1 : centre() + halfWidth();
  }

  private double centre() {
    return (hits + Z * Z / 2) / (of + Z * Z);
  }

  private double halfWidth() {
    double misses = of - hits;
    return Z / (of + Z * Z) * Math.sqrt(hits * misses / of + Z * Z / 4);
  }

  /**
   * The fewest cases of which a share can be shown to be on the right side of a limit at all: with
   * fewer, not even a perfect sample has its whole interval there. At the limits 0 and 1 no number
   * is enough, and 1 is returned.
   *
   * @param limit of the share, from 0 to 1
   * @param above whether the share has to be above it
   */
  public static long leastCases(double limit, boolean above) {
    double miss = above ? 1 - limit : limit;
    return miss <= 0 || miss > 1 ? 1 : (long) Math.ceil(Z * Z * (1 - miss) / miss);
  }

  /**
   * How many injections a campaign needs (Leveugle et al. 2009, Statistical fault injection:
   * quantified error and confidence), for the worst share, one half.
   *
   * @param population all faults that could be drawn
   * @param margin half the width of the interval, above 0: 0.01 for one point of per cent
   * @param confidence that the true share is inside: 0.9, 0.95, 0.99, 0.995 or 0.999
   */
  public static long needed(double population, double margin, double confidence) {
    if (!(population >= 1) || !(margin > 0)) {
      throw new IllegalArgumentException(
          "no sample of " + population + " has the margin " + margin);
    }
    double z = quantile(confidence);
    return (long) Math.ceil(population / (1 + margin * margin * (population - 1) / (z * z / 4)));
  }

  /**
   * The other way round: the margin at 95 % that a sample has for the worst share.
   *
   * @param population all faults that could be drawn
   * @param sample of them, at least 1
   */
  public static double margin(double population, long sample) {
    double rest = population <= sample ? 0 : (population - sample) / (population - 1);
    return Z * Math.sqrt(0.25 / sample * rest);
  }

  /** Of the normal distribution, two-sided. */
  private static double quantile(double confidence) {
    return switch (Double.toString(confidence)) {
      case "0.9" -> 1.6448536269514722;
      case "0.95" -> Z;
      case "0.99" -> 2.5758293035489004;
      case "0.995" -> 2.807033768343811;
      case "0.999" -> 3.2905267314919255;
      default -> throw new IllegalArgumentException("no confidence of " + confidence);
    };
  }
}
