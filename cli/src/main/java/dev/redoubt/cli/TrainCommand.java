package dev.redoubt.cli;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.scenario.ScenarioException;
import dev.redoubt.cli.train.Training;
import dev.redoubt.cli.train.TrainingPlan;
import dev.redoubt.cli.train.TrainingReport;
import dev.redoubt.trainer.data.DataException;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redoubt train}: trains without a cluster. */
@Command(
    name = "train",
    description = "Train a model in this process, without a cluster, and show what it learnt.")
final class TrainCommand implements Callable<Integer> {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Wiring wiring;

  @Mixin final GlobalOptions global = new GlobalOptions();
  @Mixin final TrainOptions options = new TrainOptions();

  @Option(names = "--json", description = "Print the report as JSON.")
  boolean json;

  @Spec @Nullable CommandSpec spec;

  TrainCommand(Wiring wiring) {
    this.wiring = wiring;
  }

  @Override
  public Integer call() throws ScenarioException, EnvironmentException, IOException {
    Terminal terminal = Main.terminal(spec, global);
    TrainingPlan plan = options.plan(wiring.catalog());
    TrainingReport report;
    try (StopSignal _ = StopSignal.install();
        TrainingProgress progress = new TrainingProgress(terminal, wiring.clock())) {
      report = train(plan, progress);
    }
    if (json) {
      terminal.result(JSON.writeValueAsString(report));
    } else {
      TrainingText.print(report, terminal);
    }
    return exitCode(report).code();
  }

  private static TrainingReport train(TrainingPlan plan, TrainingProgress progress)
      throws EnvironmentException {
    try {
      return Training.run(plan, System::nanoTime, progress);
    } catch (DataException e) {
      throw new EnvironmentException(
          e.getMessage() + " (here: --data NAME=PATH or --interleaved NAME=PATH)", e);
    } catch (IOException e) {
      throw new EnvironmentException("--export: " + e.getMessage(), e);
    }
  }

  private static ExitCode exitCode(TrainingReport report) {
    return switch (report.ending()) {
      case COMPLETE, OUT_OF_TIME -> ExitCode.OK;
      case DIVERGED -> ExitCode.FAILED;
      case INTERRUPTED -> ExitCode.INTERRUPTED;
    };
  }
}
