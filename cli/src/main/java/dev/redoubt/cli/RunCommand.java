package dev.redoubt.cli;

import dev.redoubt.cli.page.RunPage;
import dev.redoubt.cli.report.RecordedRun;
import dev.redoubt.cli.report.ReportWriters;
import dev.redoubt.cli.report.RunDirectory;
import dev.redoubt.cli.report.RunReport;
import dev.redoubt.cli.scenario.ResolvedScenarioWriter;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redoubt run FILE}: runs a scenario and judges it. */
@Command(name = "run", description = "Run a scenario; the exit code is the verdict.")
final class RunCommand implements Callable<Integer> {
  private final Wiring wiring;

  @Mixin final GlobalOptions global = new GlobalOptions();
  @Mixin final ScenarioOption scenario = new ScenarioOption();
  @Mixin final MetricsOptions metrics = new MetricsOptions();
  @Mixin final UiOptions ui = new UiOptions();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Where run directories are made, with a link 'latest' (default: runs).")
  Path output = Path.of("runs");

  @Option(names = "--json", description = "Print summary.json in place of the verdict.")
  boolean json;

  @Spec @Nullable CommandSpec spec;

  RunCommand(Wiring wiring) {
    this.wiring = wiring;
  }

  @Override
  public Integer call() throws ScenarioException, EnvironmentException, IOException {
    Terminal terminal = Main.terminal(spec, global);
    Scenario checked = scenario.load(wiring.catalog(), terminal);
    RunDirectory directory = directory(checked);
    RunReport report;
    try (MetricsOptions.Endpoint endpoint = metrics.open(checked, directory, terminal);
        UiOptions.Window window = ui.open(checked, wiring.clock(), terminal);
        StopSignal _ = StopSignal.install()) {
      RunSession.Watchers watchers = new RunSession.Watchers(endpoint.metrics(), window.live());
      report = RunSession.run(wiring, checked, directory, terminal, watchers);
      ReportWriters.write(report, directory);
      page(directory);
    }
    if (json) {
      terminal.out().print(ReportWriters.json(report));
      terminal.out().flush();
    } else {
      VerdictText.print(report, directory, terminal);
    }
    return ExitCode.of(report.verdict()).code();
  }

  private static void page(RunDirectory directory) throws IOException {
    try {
      RunPage.write(directory.path());
    } catch (RecordedRun.UnreadableException e) {
      throw new IllegalStateException("what was just written cannot be read", e);
    }
  }

  private RunDirectory directory(Scenario checked) throws EnvironmentException {
    try {
      RunDirectory directory =
          RunDirectory.create(output, checked.name(), checked.seed(), wiring.clock().instant());
      Files.writeString(
          directory.file("scenario.resolved.yaml"), ResolvedScenarioWriter.write(checked));
      return directory;
    } catch (IOException e) {
      throw new EnvironmentException(String.valueOf(e.getMessage()), e);
    }
  }
}
