package dev.redoubt.cli;

import dev.redoubt.trainer.data.corpus.Corpus;
import dev.redoubt.trainer.data.corpus.DataReport;
import dev.redoubt.trainer.data.corpus.Filter;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The report of the data stage for people. */
final class DataText {
  private final Corpus corpus;
  private final Terminal terminal;

  DataText(Corpus corpus, Terminal terminal) {
    this.corpus = corpus;
    this.terminal = terminal;
  }

  void print(boolean removed) {
    DataReport report = corpus.report();
    report.sources().forEach(this::source);
    row("all", totals(report));
    report.classifiers().forEach(this::judge);
    row("digest", report.digest());
    if (removed) {
      corpus
          .removals()
          .forEach(
              gone ->
                  terminal.result(
                      "%s  %s  %s: %s"
                          .formatted(
                              gone.source(),
                              gone.filter().word(),
                              gone.document(),
                              gone.reason())));
    }
  }

  private void row(String name, String value) {
    terminal.result(String.format(Locale.ROOT, "%-22s %s", name, value).stripTrailing());
  }

  private void source(DataReport.OfSource source) {
    row(
        source.name(),
        "%s, %s: %d documents read (%s), %d kept (%s)%s"
            .formatted(
                source.kind().word(),
                source.language(),
                source.read(),
                PlanCommand.bytes(source.readBytes()),
                source.kept(),
                PlanCommand.bytes(source.keptBytes()),
                source.unread() == 0 ? "" : "; " + source.unread() + " files not read any more"));
    for (Filter filter : Filter.values()) {
      DataReport.Removed gone = source.removed().get(filter.word());
      if (gone != null) {
        row("  " + filter.word(), gone.count() + " removed: " + reasons(gone));
      }
    }
  }

  private static String reasons(DataReport.Removed gone) {
    return gone.reasons().entrySet().stream()
            .map(reason -> reason.getValue() + " " + reason.getKey())
            .collect(Collectors.joining("; "))
        + "; such as "
        + gone.example();
  }

  private static String totals(DataReport report) {
    var totals = report.totals();
    int read = totals.getOrDefault("read", 0);
    int kept = totals.getOrDefault("kept", 0);
    String gone =
        totals.entrySet().stream()
            .filter(entry -> !entry.getKey().equals("read") && !entry.getKey().equals("kept"))
            .map(entry -> entry.getValue() + " " + entry.getKey())
            .collect(Collectors.joining(" + "));
    return read + " read = " + kept + " kept" + (gone.isEmpty() ? "" : " + " + gone);
  }

  private void judge(DataReport.Judge judge) {
    row(
        judge.name(),
        judge.examples() == 0
            ? "not trained: too few passages"
            : "on %d examples that it was not trained on: precision %s, recall %s"
                .formatted(judge.examples(), figure(judge.precision()), figure(judge.recall())));
  }

  private static String figure(@Nullable Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, "%.3f", value);
  }
}
