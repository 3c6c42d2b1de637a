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
   * How many injections a campaign needs (Leveugle et al. 2009, Statistical fault injection:
   * quantified error and confidence), at 95 % and for the worst share, one half.
   *
   * @param population all faults that could be drawn
   * @param margin half the width of the interval, above 0: 0.01 for one point of per cent
   */
  public static long needed(double population, double margin) {
    if (!(population >= 1) || !(margin > 0)) {
      throw new IllegalArgumentException(
          "no sample of " + population + " has the margin " + margin);
    }
    double spread = Z * Z / 4;
    return (long) Math.ceil(population / (1 + margin * margin * (population - 1) / spread));
  }
}
