package dev.redoubt.cli.report;

import dev.redoubt.cli.report.RunOutcome.Audits;
import dev.redoubt.cli.report.RunOutcome.ExposedCommunication;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.report.RunOutcome.Ledger;
import dev.redoubt.cli.report.RunOutcome.NodeTime;
import dev.redoubt.cli.report.RunOutcome.Quantiles;
import dev.redoubt.cli.report.RunOutcome.Scans;
import dev.redoubt.cli.report.RunOutcome.Speculation;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code summary.md}: the run on one page, for the summary of a CI job. */
final class SummaryMarkdown {
  private final RunReport report;
  private final StringBuilder page = new StringBuilder();

  private SummaryMarkdown(RunReport report) {
    this.report = report;
  }

  static String of(RunReport report) {
    SummaryMarkdown markdown = new SummaryMarkdown(report);
    markdown.head();
    markdown.audits();
    markdown.speculation();
    markdown.scan();
    markdown.expectations();
    markdown.faults();
    markdown.ledger();
    markdown.replay();
    return markdown.page.toString();
  }

  private void head() {
    line("# " + report.scenario() + ": " + report.verdict().word());
    line("");
    if (!report.reason().isEmpty()) {
      line("**" + cell(report.reason()) + "**");
      line("");
    }
    line(
        "Seed "
            + report.seed()
            + ", "
            + report.stepsDone()
            + " of "
            + report.steps()
            + " steps, "
            + report.modelParameters()
            + " parameters"
            + (report.loss() == null
                ? ""
                : String.format(
                    Locale.ROOT,
                    ", loss %.3f to %.3f",
                    report.loss().first(),
                    report.loss().last()))
            + ".");
    line(
        "Final digest "
            + orDash(report.finalDigest())
            + ", golden "
            + orDash(report.goldenDigest())
            + ".");
  }

  private void audits() {
    Audits audits = report.audits();
    if (audits == null) {
      return;
    }
    line("");
    line(
        "Audits: "
            + audits.audited()
            + " of "
            + audits.spans()
            + " drawn spans were computed again (fraction "
            + audits.fraction()
            + ")"
            + (audits.unaudited() == 0
                ? "."
                : "; **"
                    + audits.unaudited()
                    + " in "
                    + audits.stepsNotWhole()
                    + " steps were not audited**: nobody could."));
  }

  private void speculation() {
    Speculation late = report.speculation();
    if (late == null) {
      return;
    }
    line("");
    line(
        "Late ranks (limit: %s times the usual): %d limits passed, %d spans given to a spare too; %d times the spare's sum counted, %d times both came to the same, %d times they did not, %d times the spare could not."
            .formatted(
                late.factor(),
                late.limits(),
                late.spans(),
                late.relieved(),
                late.same(),
                late.different(),
                late.inVain()));
  }

  private void scan() {
    Scans scans = report.scan();
    if (scans == null) {
      return;
    }
    line("");
    line(
        "Scans: %d clean rounds, %d known-answer tests in all; %d machines gave a wrong answer."
            .formatted(scans.rounds(), scans.tests(), scans.wrong()));
  }

  private void expectations() {
    table("Expectations", List.of("expectation", "wanted", "observed", "held"));
    for (Expectation expectation : report.expectations()) {
      String held = expectation.open() ? "cannot be told" : expectation.failed() ? "**no**" : "yes";
      row(List.of(expectation.id(), expectation.wanted(), expectation.observed(), held));
    }
  }

  private void faults() {
    if (report.faults().isEmpty()) {
      return;
    }
    table("Faults", List.of("fault", "kind", "struck", "detected", "blamed", "response", "effect"));
    for (FaultReport fault : report.faults()) {
      row(
          List.of(
              fault.id(),
              fault.kind(),
              fault.struck() ? "step " + orDash(fault.struckAtStep()) : "**no**",
              detected(fault),
              orDash(fault.blamed())
                  + (Boolean.FALSE.equals(fault.blamedRight()) ? " (wrong)" : ""),
              fault.response().word(),
              fault.effect() == null ? "-" : fault.effect().word()));
    }
  }

  private static String detected(FaultReport fault) {
    if (!fault.detected()) {
      return "no";
    }
    String by = fault.detectedBy() == null ? "" : fault.detectedBy().word() + ", ";
    String latency =
        fault.latencySeconds() == null
            ? ""
            : String.format(Locale.ROOT, " after %.3f s", fault.latencySeconds());
    return by + "step " + orDash(fault.detectedAtStep()) + latency;
  }

  private void ledger() {
    Ledger ledger = report.ledgerSeconds();
    table("Where the time went", List.of("", "seconds"));
    seconds("useful steps", ledger.useful());
    seconds("detection", ledger.detect());
    seconds("recovery", ledger.recover());
    seconds("steps done again", ledger.repeat());
    seconds("stalled", ledger.stalled());
    seconds("start-up", ledger.startup());
    Double goodput = report.goodput();
    line("");
    line(
        goodput == null
            ? "Goodput could not be taken."
            : String.format(Locale.ROOT, "Goodput %.3f.", goodput));
    steps();
    nodes();
  }

  private void nodes() {
    if (report.nodes().isEmpty()) {
      return;
    }
    table(
        "Where each worker's time went, in seconds",
        List.of(
            "worker",
            "useful",
            "detect",
            "recover",
            "repeat",
            "stalled",
            "start-up",
            "standby",
            "gone"));
    for (NodeTime node : report.nodes()) {
      row(
          List.of(
              node.node(),
              oneDecimal(node.useful()),
              oneDecimal(node.detect()),
              oneDecimal(node.recover()),
              oneDecimal(node.repeat()),
              oneDecimal(node.stalled()),
              oneDecimal(node.startup()),
              oneDecimal(node.standby()),
              oneDecimal(node.gone())));
    }
  }

  private static String oneDecimal(double seconds) {
    return String.format(Locale.ROOT, "%.1f", seconds);
  }

  private void steps() {
    Quantiles step = report.stepSeconds();
    if (step != null) {
      line(
          String.format(
              Locale.ROOT,
              "A step took %.3f s (median), %.3f s (99th percentile).",
              step.p50(),
              step.p99()));
    }
    ExposedCommunication exposed = report.exposedCommunication();
    if (exposed != null) {
      line(
          String.format(
              Locale.ROOT,
              "Exposed communication: %.1f %% of a step (median), %.1f %% at %s; %d bytes sent in a"
                  + " step.",
              exposed.median() * 100,
              exposed.worst() * 100,
              exposed.worstWorker(),
              exposed.bytesPerStep()));
    }
  }

  private void seconds(String name, double seconds) {
    row(List.of(name, String.format(Locale.ROOT, "%.3f", seconds)));
  }

  private void replay() {
    line("");
    line("## Again");
    line("");
    line("The same run, from this directory:");
    line("");
    line("```sh");
    line("redoubt run scenario.resolved.yaml");
    line("```");
  }

  private void table(String title, List<String> columns) {
    line("");
    line("## " + title);
    line("");
    row(columns);
    line("|" + " --- |".repeat(columns.size()));
  }

  private void row(List<String> cells) {
    line(cells.stream().map(SummaryMarkdown::cell).collect(Collectors.joining(" | ", "| ", " |")));
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replaceAll("\\R", " ");
  }

  private static String orDash(@Nullable Object value) {
    return value == null ? "-" : value.toString();
  }

  private void line(String text) {
    page.append(text).append('\n');
  }
}
