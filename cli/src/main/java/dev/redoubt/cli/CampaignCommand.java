package dev.redoubt.cli;

import dev.redoubt.cli.campaign.CampaignReport;
import dev.redoubt.cli.campaign.CampaignSession;
import dev.redoubt.cli.campaign.CampaignSetup;
import dev.redoubt.cli.campaign.ResumeException;
import dev.redoubt.cli.page.CampaignPage;
import dev.redoubt.cli.page.RunPage;
import dev.redoubt.cli.report.RecordedRun;
import dev.redoubt.cli.scenario.Campaign;
import dev.redoubt.cli.scenario.CampaignLoader;
import dev.redoubt.cli.scenario.ScenarioException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code redoubt campaign FILE}: thousands of injections, and how sure their shares are. */
@Command(
    name = "campaign",
    description = {
      "Run thousands of single injections in virtual time; the exit code is the verdict.",
      "Exit code 3: a share of too few cases. The rows do not depend on the number of threads."
    })
final class CampaignCommand implements Callable<Integer> {
  private static final int THREADS_MAX = 256;

  private final Wiring wiring;

  @Mixin final GlobalOptions global = new GlobalOptions();

  @Parameters(paramLabel = "FILE", description = "The campaign.")
  @Nullable Path file;

  @Option(names = "--seed", paramLabel = "N", description = "A seed in place of the campaign's.")
  @Nullable Long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Clusters side by side (default: one for each processor).")
  int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Where the campaign's directory is made, with a link 'latest' (default: runs).")
  Path output = Path.of("runs");

  @Option(
      names = "--resume",
      paramLabel = "DIR",
      description = "Go on in the directory of a campaign that was interrupted.")
  @Nullable Path resume;

  @Option(names = "--json", description = "Print campaign.json in place of the tables.")
  boolean json;

  @Spec @Nullable CommandSpec spec;

  CampaignCommand(Wiring wiring) {
    this.wiring = wiring;
  }

  @Override
  public Integer call() throws ScenarioException, EnvironmentException {
    Terminal terminal = Main.terminal(spec, global);
    CampaignSetup setup = CampaignSetup.of(load());
    CampaignSession session =
        new CampaignSession(
            setup, Main.Version.number(), threads, resume, output, wiring.clock().instant());
    try (StopSignal _ = StopSignal.install()) {
      CampaignSession.Outcome outcome = run(session, terminal);
      page(outcome.directory());
      print(outcome, terminal);
      return ExitCode.of(outcome.report().verdict()).code();
    } catch (ResumeException e) {
      throw wrong("--resume " + resume + ": " + e.getMessage());
    } catch (IOException e) {
      throw new EnvironmentException(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      return ExitCode.INTERRUPTED.code();
    }
  }

  private CampaignSession.Outcome run(CampaignSession session, Terminal terminal)
      throws IOException, ResumeException, InterruptedException {
    try (CampaignProgress progress = new CampaignProgress(terminal, wiring.clock())) {
      return session.run(progress);
    }
  }

  private static void page(Path directory) throws IOException {
    try {
      CampaignPage.write(directory);
    } catch (RecordedRun.UnreadableException e) {
      throw new IllegalStateException("what was just written cannot be read", e);
    }
  }

  private Campaign load() throws ScenarioException {
    if (file == null) {
      throw new IllegalStateException("picocli gives a required parameter");
    }
    if (seed != null && seed < 0) {
      throw wrong("--seed is " + seed + ", expected 0 or more");
    }
    if (threads < 1 || threads > THREADS_MAX) {
      throw wrong("--threads is " + threads + ", expected 1 to " + THREADS_MAX);
    }
    Campaign campaign = new CampaignLoader(wiring.catalog()).load(file);
    return seed == null ? campaign : campaign.withSeed(seed);
  }

  private void print(CampaignSession.Outcome outcome, Terminal terminal) {
    if (json) {
      terminal.out().print(outcome.json());
      terminal.out().flush();
      return;
    }
    CampaignReport report = outcome.report();
    outcome.tables().forEach(terminal::result);
    report.expectations().forEach(wanted -> terminal.result(VerdictText.line(wanted)));
    terminal.result("");
    terminal.result(report.name() + " " + report.verdict().word());
    terminal.result(figures(outcome));
    terminal.result("report: " + outcome.directory().resolve(RunPage.NAME));
  }

  private String figures(CampaignSession.Outcome outcome) {
    return String.format(
        Locale.ROOT,
        "%d injections, %d clean trainings, seed %d, %d threads, %.1f s",
        outcome.report().injectionsDone(),
        outcome.report().trainingsDone(),
        outcome.report().seed(),
        threads,
        outcome.nanos() * 1e-9);
  }

  private ParameterException wrong(String what) {
    if (spec == null) {
      throw new IllegalStateException("picocli gives the spec");
    }
    return new ParameterException(spec.commandLine(), what);
  }
}
