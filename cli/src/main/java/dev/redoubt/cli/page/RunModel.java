package dev.redoubt.cli.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redoubt.cli.report.RecordedRun;
import dev.redoubt.cli.report.RecordedRun.UnreadableException;
import dev.redoubt.cli.report.ReportWriters;
import dev.redoubt.cli.report.RunOutcome.NodeTime;
import dev.redoubt.cli.report.RunReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * All that a page shows of a run, out of three files of its directory. What the summary says is
 * taken from there; what it does not say, from the journal.
 *
 * @param asked what the scenario asked of each fault, by its id
 */
record RunModel(
    RunReport report,
    Map<String, String> asked,
    Journal journal,
    StepSeries steps,
    Timeline timeline,
    List<WayBack> waysBack,
    List<DetectorCount> detectors) {

  /** Keys whose lists a page goes through: summaries of early versions lack some. */
  private static final List<String> LISTS =
      List.of("expectations", "faults", "evictions", "recoveries", "nodes", "ledgerSeconds");

  RunModel {
    waysBack = List.copyOf(waysBack);
    detectors = List.copyOf(detectors);
  }

  /**
   * Reads it.
   *
   * @throws UnreadableException that says what is missing or wrong, and where
   * @throws IOException if a file cannot be read
   */
  static RunModel read(Path directory) throws UnreadableException, IOException {
    RecordedRun run = RecordedRun.read(directory);
    Path summary = directory.resolve("summary.json");
    for (String key : LISTS) {
      JsonNode value = run.summary().path(key);
      if (!value.isContainerNode()) {
        throw RecordedRun.unreadable(summary + " has no " + key);
      }
    }
    Journal journal = Journal.read(directory.resolve("journal.jsonl"));
    return of(ReportWriters.read(summary), run.scenario(), journal);
  }

  static RunModel of(RunReport report, String scenario, Journal journal) {
    Moments moments = new Moments(journal, report.faults());
    return new RunModel(
        report,
        Asked.of(scenario),
        journal,
        StepSeries.of(journal),
        Lanes.of(journal, moments, report.nodes().stream().map(NodeTime::node).toList()),
        WayBack.of(journal, moments, report.faults()),
        DetectorCount.of(report, journal));
  }
}
