package dev.redoubt.redundancy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Locale;

/**
 * A probability as the fraction that it is: of all equally likely cases, those that end well.
 *
 * @param good cases that end well
 * @param all cases, at least one
 */
public record Chance(BigInteger good, BigInteger all) {

  public Chance {
    if (good.signum() < 0 || all.signum() <= 0 || good.compareTo(all) > 0) {
      throw new IllegalArgumentException(good + " of " + all + " is no probability");
    }
  }

  /** The nearest double. */
  public double value() {
    return new BigDecimal(good).divide(new BigDecimal(all), MathContext.DECIMAL64).doubleValue();
  }

  /** Whether it always ends well. */
  public boolean certain() {
    return good.equals(all);
  }

  /** Four decimals; 0 and 1 stand for never and always only. */
  @Override
  public String toString() {
    if (certain() || good.signum() == 0) {
      return certain() ? "1" : "0";
    }
    double value = value();
    if (value < 0.0001) {
      return "<0.0001";
    }
    return value > 0.9999 ? ">0.9999" : String.format(Locale.ROOT, "%.4f", value);
  }
}
