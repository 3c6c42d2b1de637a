package dev.redoubt.cli.page;

import java.util.List;
import java.util.Locale;

/**
 * What time is spent on, each with a colour and a pattern of its own: who sees no colours, or
 * prints without, tells them apart all the same.
 */
enum Patterns {
  USEFUL("useful steps", ""),
  DETECT("detection", "M0 8L8 0M-2 2L2 -2M6 10L10 6"),
  RECOVER("recovery", "M0 0L8 8M-2 6L2 10M6 -2L10 2"),
  REPEAT("steps done again", "M0 4H8M4 0V8"),
  STALLED("stalled", "M2 0V8M6 0V8"),
  STARTUP("start-up", "M0 2H8M0 6H8"),
  STANDBY("stands by", "M3 3h2v2h-2z"),
  GONE("gone", "M0 0L8 8M0 8L8 0");

  private final String meaning;
  private final String path;

  Patterns(String meaning, String path) {
    this.meaning = meaning;
    this.path = path;
  }

  String meaning() {
    return meaning;
  }

  /** The class of what is filled with it. */
  String style() {
    return "k-" + name().toLowerCase(Locale.ROOT);
  }

  /** The patterns, once for a page. */
  static String definitions() {
    Html html = new Html();
    html.open("svg", "class", "definitions", "width", "0", "height", "0", "aria-hidden", "true");
    html.open("defs");
    for (Patterns kind : List.of(values())) {
      String word = kind.name().toLowerCase(Locale.ROOT);
      html.open(
          "pattern",
          "id",
          "p-" + word,
          "width",
          "8",
          "height",
          "8",
          "patternUnits",
          "userSpaceOnUse");
      html.open("rect", "width", "8", "height", "8", "class", "c-" + word).close();
      if (!kind.path.isEmpty()) {
        html.open("path", "d", kind.path, "class", "ink").close();
      }
      html.close();
    }
    return html.close().closeLine().toString();
  }
}
