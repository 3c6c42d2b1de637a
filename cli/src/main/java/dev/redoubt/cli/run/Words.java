package dev.redoubt.cli.run;

import java.util.Locale;

/** How constants are written in journals. */
final class Words {

  private Words() {}

  static String kebab(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
