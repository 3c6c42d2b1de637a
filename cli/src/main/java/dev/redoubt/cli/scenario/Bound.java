package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A limit for a figure, written as {@code ">= 0.5"}. */
public record Bound(Comparison comparison, double limit) {

  private static final Pattern SYNTAX =
      Pattern.compile("\\s*(>=|<=|>|<)\\s*([0-9]+(?:\\.[0-9]+)?)\\s*");

  /** The four comparisons. */
  public enum Comparison {
    AT_LEAST(">="),
    AT_MOST("<="),
    ABOVE(">"),
    BELOW("<");

    private final String sign;

    Comparison(String sign) {
      this.sign = sign;
    }

    static Comparison of(String sign) {
      for (Comparison comparison : values()) {
        if (comparison.sign.equals(sign)) {
          return comparison;
        }
      }
      throw new IllegalArgumentException(sign + " is no comparison");
    }
  }

  /**
   * Reads the text of a bound.
   *
   * @throws IllegalArgumentException if it is not a comparison with a number
   */
  public static Bound parse(String text) {
    Matcher matcher = SYNTAX.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is not a comparison with a number, such as \">= 0.5\"");
    }
    return new Bound(Comparison.of(matcher.group(1)), Double.parseDouble(matcher.group(2)));
  }

  /** Whether {@code value} is inside; NaN never is. */
  public boolean holds(double value) {
    return switch (comparison) {
      case AT_LEAST -> value >= limit;
      case AT_MOST -> value <= limit;
      case ABOVE -> value > limit;
      case BELOW -> value < limit;
    };
  }

  /** As in the file, in plain decimals: {@link #parse} gives an equal bound. */
  @Override
  @JsonValue
  public String toString() {
    return comparison.sign + " " + new BigDecimal(Double.toString(limit)).toPlainString();
  }
}
