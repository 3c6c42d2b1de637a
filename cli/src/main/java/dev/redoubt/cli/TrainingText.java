package dev.redoubt.cli;

import dev.redoubt.cli.train.TrainingReport;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The end of a training, for people. */
final class TrainingText {
  private TrainingText() {}

  static void print(TrainingReport report, Terminal terminal) {
    row(terminal, "model", "%s, %d parameters", report.model(), report.parameters());
    row(
        terminal,
        "data",
        "%d windows of %d tokens, %d more held out",
        report.data().trainingWindows(),
        report.data().windowTokens(),
        report.data().heldOutWindows());
    row(
        terminal,
        "training",
        "%s: %d of %d steps, %d tokens in %.1f s, %d threads, seed %d",
        report.ending().word(),
        report.steps(),
        report.stepsPlanned(),
        report.tokens(),
        report.seconds(),
        report.threads(),
        report.seed());
    loss(report.loss(), terminal);
    speed(report, terminal);
    row(terminal, "digest", "%s", report.digest());
    fourBit(report.fourBit(), terminal);
    for (String line : report.sample()) {
      terminal.result("  | " + line);
    }
  }

  private static void loss(TrainingReport.Loss loss, Terminal terminal) {
    if (loss.first() != null && loss.last() != null) {
      row(terminal, "loss", "%.3f to %.3f nats a token", loss.first(), loss.last());
    }
    if (loss.heldOut() != null && loss.heldOutBitsPerByte() != null) {
      row(
          terminal,
          "held out",
          "%.3f nats a token, %.3f bits a byte",
          loss.heldOut(),
          loss.heldOutBitsPerByte());
    }
  }

  private static void speed(TrainingReport report, Terminal terminal) {
    if (report.tokensPerSecond() != null && report.stepSeconds() != null) {
      row(
          terminal,
          "speed",
          "%.0f tokens/s (median of %d steps); a step %.0f ms, p99 %.0f ms",
          report.tokensPerSecond(),
          report.measuredSteps(),
          report.stepSeconds().p50() * 1e3,
          report.stepSeconds().p99() * 1e3);
    }
  }

  private static void fourBit(TrainingReport.@Nullable FourBit four, Terminal terminal) {
    if (four != null) {
      row(
          terminal,
          "four bits",
          "%s: %s for %s; held out %.3f nats a token beside %.3f",
          four.file(),
          PlanCommand.bytes(four.bytes()),
          PlanCommand.bytes(four.float32Bytes()),
          four.heldOut(),
          four.heldOutFloat32());
    }
  }

  private static void row(Terminal terminal, String name, String format, Object... values) {
    String value = String.format(Locale.ROOT, format, values);
    terminal.result(String.format(Locale.ROOT, "%-10s %s", name, value));
  }
}
