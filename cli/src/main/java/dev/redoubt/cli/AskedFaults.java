package dev.redoubt.cli;

import dev.redoubt.cli.report.RunDirectory;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.report.RunReport;
import dev.redoubt.cli.scenario.ResolvedScenarioWriter;
import dev.redoubt.cli.scenario.Scenario;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Objects;

/**
 * What was asked for by hand becomes part of the resolved scenario, in the steps in which it
 * struck: what somebody found by playing can be run again.
 */
final class AskedFaults {

  private AskedFaults() {}

  static void write(
      Scenario scenario, List<Scenario.Fault> asked, RunReport report, RunDirectory directory)
      throws IOException {
    List<Scenario.Fault> struck = asked.stream().map(fault -> placed(fault, report)).toList();
    Files.writeString(
        directory.file("scenario.resolved.yaml"),
        ResolvedScenarioWriter.write(scenario.withFaults(struck)));
  }

  /** One that did not strike keeps the step from which on it could have. */
  private static Scenario.Fault placed(Scenario.Fault fault, RunReport report) {
    int step =
        report.faults().stream()
            .filter(one -> one.id().equals(fault.id()))
            .map(FaultReport::struckAtStep)
            .filter(Objects::nonNull)
            .mapToInt(Integer::intValue)
            .findFirst()
            .orElse(fault.at().step());
    return new Scenario.Fault(
        fault.id(), new Scenario.At(step, fault.at().phase()), fault.inject());
  }
}
