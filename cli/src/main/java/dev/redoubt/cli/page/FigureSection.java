package dev.redoubt.cli.page;

import dev.redoubt.cli.page.Tables.Cell;
import dev.redoubt.cli.report.RunOutcome.Diagnosis;
import dev.redoubt.cli.report.RunOutcome.Eviction;
import dev.redoubt.cli.report.RunOutcome.ExposedCommunication;
import dev.redoubt.cli.report.RunOutcome.Memory;
import dev.redoubt.cli.report.RunOutcome.OfSource;
import dev.redoubt.cli.report.RunOutcome.Quantiles;
import dev.redoubt.cli.report.RunOutcome.Samples;
import dev.redoubt.cli.report.RunReport;
import java.util.List;

/** What else the summary says: digests, samples, memory, diagnoses, evictions. */
final class FigureSection {

  private final RunReport report;
  private final Html html;

  FigureSection(RunReport report, Html html) {
    this.report = report;
    this.html = html;
  }

  void write() {
    Tables table =
        Tables.begin(html, "Digests and other figures of the run", List.of("Figure", "Value"));
    table.row(Cell.text("golden digest"), Cell.code(Figures.orDash(report.goldenDigest())));
    report
        .finalDigests()
        .forEach(
            (pod, digest) -> table.row(Cell.text("final digest of " + pod), Cell.code(digest)));
    table.row(Cell.text("digest of the data"), Cell.code(Figures.orDash(report.dataDigest())));
    steps(table);
    samples(table);
    Memory memory = report.memory();
    table.row(
        Cell.text("resident memory, first and last tenth"),
        Cell.text(
            memory == null
                ? "could not be taken"
                : Figures.mebibytes(memory.firstBytes())
                    + ", "
                    + Figures.mebibytes(memory.lastBytes())));
    table.end();
    diagnoses();
    evictions();
  }

  private void steps(Tables table) {
    Quantiles step = report.stepSeconds();
    table.row(
        Cell.text("a step, median and 99th percentile"),
        Cell.text(
            step == null
                ? "could not be taken"
                : Figures.seconds(step.p50()) + ", " + Figures.seconds(step.p99())));
    ExposedCommunication exposed = report.exposedCommunication();
    table.row(
        Cell.text("communication that no computing hid"),
        Cell.text(
            exposed == null
                ? "could not be taken"
                : "%s of a step (median), %s at %s; %s sent in a step"
                    .formatted(
                        Figures.percent(exposed.median()),
                        Figures.percent(exposed.worst()),
                        exposed.worstWorker(),
                        Figures.mebibytes(exposed.bytesPerStep()))));
  }

  private void samples(Tables table) {
    Samples samples = report.samples();
    table.row(
        Cell.text("samples"),
        Cell.text(
            "%d expected, %d used, %d used twice"
                .formatted(samples.expected(), samples.used(), samples.duplicated())));
    for (OfSource source : samples.sources()) {
      table.row(
          Cell.text("samples of " + source.source()),
          Cell.text("%d expected, %d used".formatted(source.expected(), source.used())));
    }
  }

  private void diagnoses() {
    if (report.diagnoses().isEmpty()) {
      return;
    }
    Tables table =
        Tables.begin(
            html,
            "Who was blamed, and computed its part of the step again",
            List.of("Rank", "Step", "Verdict", "What came out"));
    for (Diagnosis diagnosis : report.diagnoses()) {
      table.row(
          Cell.text(diagnosis.worker()),
          Cell.number(Integer.toString(diagnosis.step())),
          Cell.text(diagnosis.kind()),
          Cell.prose(diagnosis.evidence()));
    }
    table.end();
  }

  private void evictions() {
    if (report.evictions().isEmpty()) {
      html.leaf("p", "Nobody was evicted.");
      return;
    }
    Tables table =
        Tables.begin(
            html, "Workers that lost their rank for misconduct", List.of("Rank", "Step", "Why"));
    for (Eviction eviction : report.evictions()) {
      table.row(
          Cell.text(eviction.worker()),
          Cell.number(Integer.toString(eviction.step())),
          Cell.prose(eviction.reason()));
    }
    table.end();
  }
}
