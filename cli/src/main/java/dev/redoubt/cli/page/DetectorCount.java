package dev.redoubt.cli.page;

import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.report.RunReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one layer of detection did in a run.
 *
 * @param alarms that it raised, those included that came again
 * @param found faults that it saw first
 * @param falseAlarms that no fault explains; null if the journal does not say of whom they were
 */
record DetectorCount(String detector, int alarms, int found, @Nullable Integer falseAlarms) {

  static List<DetectorCount> of(RunReport report, Journal journal) {
    Map<String, Integer> alarms = new TreeMap<>();
    Map<String, Integer> found = new TreeMap<>();
    Map<String, Integer> wrong = new TreeMap<>();
    for (Journal.Line line : journal.lines()) {
      switch (line.event()) {
        case "detected", "worker-lost" -> alarms.merge(line.text("detector"), 1, Integer::sum);
        // That a controller was missed is known when another one goes on.
        case "controller-changed" -> alarms.merge("membership", 1, Integer::sum);
        case "false-alarm" -> wrong.merge(line.text("detector"), 1, Integer::sum);
        default -> {}
      }
    }
    for (FaultReport fault : report.faults()) {
      if (fault.detectedBy() != null) {
        found.merge(fault.detectedBy().word(), 1, Integer::sum);
      }
    }
    boolean told = wrong.values().stream().mapToInt(n -> n).sum() == report.falseAlarms();
    found.keySet().forEach(detector -> alarms.putIfAbsent(detector, 0));
    List<DetectorCount> counts = new ArrayList<>();
    alarms.forEach(
        (detector, count) ->
            counts.add(
                new DetectorCount(
                    detector,
                    count,
                    found.getOrDefault(detector, 0),
                    told ? wrong.getOrDefault(detector, 0) : null)));
    return counts;
  }
}
