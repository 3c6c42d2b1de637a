package dev.redoubt.cli;

import dev.redoubt.cli.RunEngine.Event;
import dev.redoubt.cli.RunEngine.Progress;
import dev.redoubt.cli.live.LivePage;
import dev.redoubt.cli.metrics.Scraping;
import dev.redoubt.cli.report.JournalWriter;
import dev.redoubt.cli.report.RunDirectory;
import dev.redoubt.cli.report.RunOutcome;
import dev.redoubt.cli.report.RunReport;
import dev.redoubt.cli.scenario.Scenario;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One run, from the first to the last line of its journal. */
final class RunSession {
  private RunSession() {}

  /** Who looks on while a run goes: whoever scrapes it, and whoever has its page open. */
  record Watchers(Optional<Scraping> metrics, Optional<LivePage> live) {}

  static RunReport run(
      Wiring wiring,
      Scenario scenario,
      RunDirectory directory,
      Terminal terminal,
      Watchers watchers)
      throws EnvironmentException, IOException {
    try (RunLog log = RunLog.open(directory.file(RunLog.NAME))) {
      try {
        return logged(wiring, scenario, directory, terminal, watchers);
      } catch (RuntimeException | Error e) {
        log.defect(e);
        throw new DefectException(directory.file(RunLog.NAME), e);
      }
    }
  }

  private static RunReport logged(
      Wiring wiring,
      Scenario scenario,
      RunDirectory directory,
      Terminal terminal,
      Watchers watchers)
      throws EnvironmentException, IOException {
    try (JournalWriter journal =
            new JournalWriter(directory.file("journal.jsonl"), wiring.clock());
        LiveLine live = new LiveLine(terminal, wiring.clock())) {
      journal.append(
          null,
          0,
          "",
          "run-started",
          Map.of(
              "scenario",
              scenario.name(),
              "seed",
              scenario.seed(),
              "redoubt",
              Main.Version.number()));
      RunOutcome outcome =
          wiring.engine().run(scenario, directory.path(), new Recorder(journal, live, watchers));
      // A stop signal may have come after the last wait: the files below must be written all the
      // same.
      boolean ignored = Thread.interrupted();
      List<Scenario.Fault> asked = watchers.live().map(LivePage::asked).orElse(List.of());
      RunReport report = RunReport.of(scenario.withFaults(asked), outcome);
      if (!asked.isEmpty()) {
        AskedFaults.write(scenario, asked, report, directory);
      }
      journal.append(null, 0, "", "run-ended", ended(report));
      watchers
          .live()
          .ifPresent(page -> page.board().ended(report.verdict().word(), report.reason()));
      return report;
    }
  }

  private static Map<String, Object> ended(RunReport report) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("verdict", report.verdict().word());
    fields.put("reason", report.reason());
    return fields;
  }

  /** Passes what happens to the journal, to the terminal and to the live page. */
  private record Recorder(JournalWriter journal, LiveLine line, Watchers watchers)
      implements RunEngine.Observer {
    @Override
    public Optional<Scraping> metrics() {
      return watchers.metrics();
    }

    @Override
    public Optional<LivePage> live() {
      return watchers.live();
    }

    @Override
    public void step(Progress progress) {
      line.step(progress);
    }

    @Override
    public void event(Event event) {
      journal.append(event.step(), event.epoch(), event.node(), event.kind(), event.fields());
      String headline = event.headline();
      if (headline != null) {
        line.event(headline);
        live()
            .ifPresent(
                page -> page.board().event(event.step(), event.node(), event.kind(), headline));
      }
    }
  }
}
