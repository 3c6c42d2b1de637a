package dev.redoubt.cli;

import dev.redoubt.cli.train.TrainingReport;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The end of a training, for people. */
final class TrainingText {
  private TrainingText() {}

  static void print(TrainingReport report, Terminal terminal) {
    row(terminal, "model", report.model() + ", " + report.parameters() + " parameters");
    row(terminal, "data", data(report.data()));
    row(terminal, "training", training(report));
    loss(report.loss(), terminal);
    speed(report, terminal);
    row(terminal, "digest", report.digest());
    fourBit(report.fourBit(), terminal);
    for (String line : report.sample()) {
      terminal.result(("  | " + line).stripTrailing());
    }
  }

  private static String data(TrainingReport.Data data) {
    return "%d windows of %d tokens, %d more held out"
        .formatted(data.trainingWindows(), data.windowTokens(), data.heldOutWindows());
  }

  private static String training(TrainingReport report) {
    return String.format(
        Locale.ROOT,
        "%s: %d of %d steps, %d tokens in %.1f s, %d threads, seed %d",
        report.ending().word(),
        report.steps(),
        report.stepsPlanned(),
        report.tokens(),
        report.seconds(),
        report.threads(),
        report.seed());
  }

  private static void loss(TrainingReport.Loss loss, Terminal terminal) {
    if (loss.first() != null && loss.last() != null) {
      row(
          terminal,
          "loss",
          String.format(Locale.ROOT, "%.3f to %.3f nats a token", loss.first(), loss.last()));
    }
    if (loss.heldOut() != null && loss.heldOutBitsPerByte() != null) {
      row(
          terminal,
          "held out",
          String.format(
              Locale.ROOT,
              "%.3f nats a token, %.3f bits a byte",
              loss.heldOut(),
              loss.heldOutBitsPerByte()));
    }
  }

  private static void speed(TrainingReport report, Terminal terminal) {
    if (report.tokensPerSecond() != null && report.stepSeconds() != null) {
      row(
          terminal,
          "speed",
          String.format(
              Locale.ROOT,
              "%.0f tokens/s (median of %d steps); a step %.0f ms, p99 %.0f ms",
              report.tokensPerSecond(),
              report.measuredSteps(),
              report.stepSeconds().p50() * 1e3,
              report.stepSeconds().p99() * 1e3));
    }
  }

  private static void fourBit(TrainingReport.@Nullable FourBit four, Terminal terminal) {
    if (four != null) {
      row(
          terminal,
          "four bits",
          String.format(
              Locale.ROOT,
              "%s: %s for %s; held out %.3f nats a token beside %.3f in float32",
              four.file(),
              PlanCommand.bytes(four.bytes()),
              PlanCommand.bytes(four.float32Bytes()),
              four.heldOut(),
              four.heldOutFloat32()));
    }
  }

  private static void row(Terminal terminal, String name, String value) {
    terminal.result(String.format(Locale.ROOT, "%-10s %s", name, value));
  }
}
