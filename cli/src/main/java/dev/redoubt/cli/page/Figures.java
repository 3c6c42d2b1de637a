package dev.redoubt.cli.page;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers as a page writes them. */
final class Figures {

  private Figures() {}

  /** Three digits after the point; a dash if it was not taken. */
  static String seconds(@Nullable Double seconds) {
    return seconds == null ? "-" : String.format(Locale.ROOT, "%.3f s", seconds);
  }

  static String decimals(int count, double value) {
    return String.format(Locale.ROOT, "%." + count + "f", value);
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", share * 100);
  }

  /** A place along something, for an attribute of SVG. */
  static String place(double share) {
    return String.format(Locale.ROOT, "%.3f%%", Math.clamp(share, 0, 1) * 100);
  }

  static String orDash(@Nullable Object value) {
    return value == null ? "-" : value.toString();
  }

  static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / (1024.0 * 1024));
  }
}
