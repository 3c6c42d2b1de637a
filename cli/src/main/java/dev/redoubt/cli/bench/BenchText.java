package dev.redoubt.cli.bench;

import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.cli.bench.BenchReport.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A report as lines of text: the same columns at the same places in every run. */
public final class BenchText {

  private BenchText() {}

  /** All of it. */
  public static List<String> lines(BenchReport report) {
    List<String> lines = new ArrayList<>();
    report
        .machine()
        .forEach((name, value) -> lines.add(String.format(Locale.ROOT, "%-14s %s", name, value)));
    String group = "";
    for (Figure figure : report.figures()) {
      if (!figure.group().equals(group)) {
        group = figure.group();
        lines.add("");
        lines.add(
            String.format(
                Locale.ROOT,
                "%-32s %9s %-8s %6s  %-13s %s",
                group,
                "speed",
                "",
                "ratio",
                "quartiles",
                ""));
      }
      lines.add(line(figure));
    }
    lines.add("");
    report.targets().forEach(target -> lines.add(line(target)));
    return lines.stream().map(String::stripTrailing).toList();
  }

  private static String line(Figure figure) {
    String ratio =
        Double.isNaN(figure.ratio()) ? "-" : String.format(Locale.ROOT, "%.3f", figure.ratio());
    String spread =
        Double.isNaN(figure.low())
            ? ""
            : String.format(Locale.ROOT, "%.3f..%.3f", figure.low(), figure.high());
    String against = figure.reference().isEmpty() ? "" : "of " + figure.reference();
    String note = figure.note().isEmpty() ? "" : "  " + figure.note();
    return String.format(
        Locale.ROOT,
        "  %-30s %9.2f %-8s %6s  %-13s %s%s",
        figure.name(),
        figure.speed(),
        figure.unit(),
        ratio,
        spread,
        against,
        note);
  }

  private static String line(Target target) {
    String observed =
        Double.isNaN(target.observed())
            ? "-"
            : String.format(Locale.ROOT, "%.3f", target.observed());
    String word = target.outcome().name().toLowerCase(Locale.ROOT);
    return String.format(
        Locale.ROOT, "%-8s %-44s %-8s %s", word, target.what(), target.wanted(), observed);
  }
}
