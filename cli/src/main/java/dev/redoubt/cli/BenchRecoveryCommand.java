package dev.redoubt.cli;

import dev.redoubt.cli.bench.BenchReport;
import dev.redoubt.cli.bench.RecoveryReport;
import dev.redoubt.cli.run.RecoveryPlan;
import dev.redoubt.cli.run.RecoveryRuns;
import dev.redoubt.cli.scenario.ScenarioException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code redoubt bench recovery}: a lost worker, out of memory and from a checkpoint. */
@Command(
    name = "recovery",
    description =
        "Kill a worker of a real cluster; time the way back from memory and from a checkpoint.")
final class BenchRecoveryCommand implements Callable<Integer> {

  private static final int ROUNDS = 3;

  @Mixin final GlobalOptions global = new GlobalOptions();
  @Mixin final BenchOptions bench = new BenchOptions();

  @Option(names = "--quick", description = "One round instead of three.")
  boolean quick;

  @Option(names = "--model", paramLabel = "NAME", description = "What is trained (default: pro).")
  String model = "pro";

  @Option(
      names = "--every",
      paramLabel = "STEPS",
      description = "Steps from one checkpoint to the next (default: 100).")
  int every = 100;

  @Option(
      names = "--steps",
      paramLabel = "STEPS",
      description = "Steps before the loss (default: one and a half times --every).")
  @Nullable Integer steps;

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description = "On the disk for the checkpoints (default: the system's for temporary files).")
  Path folder = Path.of(System.getProperty("java.io.tmpdir"));

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call()
      throws EnvironmentException, ScenarioException, IOException, InterruptedException {
    Terminal terminal = Main.terminal(spec, global);
    RecoveryPlan plan = plan();
    Scratch scratch = Scratch.in(folder);
    BenchReport report;
    try (StopSignal _ = StopSignal.install()) {
      report = RecoveryReport.of(plan, scratch.path(), rounds(plan, scratch.path(), terminal));
    }
    // After a failure the logs stay: the message says where.
    scratch.close();
    return bench.print(report, terminal).code();
  }

  private RecoveryPlan plan() {
    try {
      return new RecoveryPlan(model, steps == null ? every + every / 2 : steps, every);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private List<RecoveryRuns.Round> rounds(RecoveryPlan plan, Path files, Terminal terminal)
      throws EnvironmentException, ScenarioException, IOException, InterruptedException {
    RecoveryRuns runs = new RecoveryRuns(plan, files, terminal::message);
    List<RecoveryRuns.Round> rounds = new ArrayList<>();
    int count = quick ? 1 : ROUNDS;
    for (int round = 1; round <= count; round++) {
      terminal.message("round " + round + " of " + count);
      rounds.add(runs.round());
    }
    return rounds;
  }
}
