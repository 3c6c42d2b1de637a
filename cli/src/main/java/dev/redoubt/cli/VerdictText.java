package dev.redoubt.cli;

import dev.redoubt.cli.page.RunPage;
import dev.redoubt.cli.report.Expectation;
import dev.redoubt.cli.report.RunDirectory;
import dev.redoubt.cli.report.RunOutcome.ExposedCommunication;
import dev.redoubt.cli.report.RunOutcome.Quantiles;
import dev.redoubt.cli.report.RunReport;
import java.util.Locale;

/** The end of a run, for people. */
final class VerdictText {
  private VerdictText() {}

  static void print(RunReport report, RunDirectory directory, Terminal terminal) {
    for (Expectation expectation : report.expectations()) {
      terminal.result(line(expectation));
    }
    terminal.result("");
    String reason = report.reason().isEmpty() ? "" : ": " + report.reason();
    terminal.result(report.scenario() + " " + report.verdict().word() + reason);
    terminal.result(figures(report));
    terminal.result("report: " + directory.file(RunPage.NAME));
  }

  /** One expectation, and what was seen where it did not hold. */
  static String line(Expectation expectation) {
    Boolean held = expectation.held();
    String mark = held == null ? "?" : held ? "ok" : "FAIL";
    String text =
        String.format(
            Locale.ROOT, "  %-4s  %-32s %s", mark, expectation.id(), expectation.wanted());
    return Boolean.TRUE.equals(held) ? text : text + ", got " + expectation.observed();
  }

  private static String figures(RunReport report) {
    StringBuilder text = new StringBuilder();
    text.append(report.stepsDone()).append(" of ").append(report.steps()).append(" steps");
    if (report.loss() != null) {
      text.append(
          String.format(
              Locale.ROOT, ", loss %.3f to %.3f", report.loss().first(), report.loss().last()));
    }
    Double goodput = report.goodput();
    if (goodput != null) {
      text.append(String.format(Locale.ROOT, ", goodput %.3f", goodput));
    }
    Quantiles step = report.stepSeconds();
    if (step != null) {
      text.append(
          String.format(
              Locale.ROOT, ", a step %.0f ms (p99 %.0f ms)", step.p50() * 1e3, step.p99() * 1e3));
    }
    ExposedCommunication exposed = report.exposedCommunication();
    if (exposed != null) {
      text.append(
          String.format(Locale.ROOT, ", exposed communication %.1f %%", exposed.median() * 100));
    }
    return text.append(", seed ").append(report.seed()).toString();
  }
}
