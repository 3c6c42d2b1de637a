package dev.redoubt.cli.report;

import java.util.Locale;

/** A share in per cent, as all tables write it. */
public final class Percent {

  private static final int DECIMALS_MAX = 9;

  private Percent() {}

  /** With two decimals, or as many more as it takes to tell it from 0 and from 100. */
  public static String of(double share) {
    for (int decimals = 2; decimals < DECIMALS_MAX; decimals++) {
      String text = String.format(Locale.ROOT, "%." + decimals + "f", share * 100);
      double shown = Double.parseDouble(text);
      if ((shown > 0 || share == 0) && (shown < 100 || share == 1)) {
        return text;
      }
    }
    return Double.toString(share * 100);
  }
}
