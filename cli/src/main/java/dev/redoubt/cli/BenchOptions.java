package dev.redoubt.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.bench.BenchReport;
import dev.redoubt.cli.bench.BenchText;
import picocli.CommandLine.Option;

/** What every benchmark takes and how it ends. */
final class BenchOptions {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  @Option(names = "--json", description = "Print the report as JSON; NaN stands for no figure.")
  boolean json;

  @Option(
      names = "--check",
      description = "Exit with 1 if a target is missed, 3 if its figure was not taken.")
  boolean check;

  /** Prints the report. */
  ExitCode print(BenchReport report, Terminal terminal) throws JsonProcessingException {
    if (json) {
      terminal.result(JSON.writeValueAsString(report));
    } else {
      BenchText.lines(report).forEach(terminal::result);
    }
    if (!check) {
      return ExitCode.OK;
    }
    return switch (report.outcome()) {
      case HELD -> ExitCode.OK;
      case MISSED -> ExitCode.FAILED;
      case UNKNOWN -> ExitCode.INCONCLUSIVE;
    };
  }
}
