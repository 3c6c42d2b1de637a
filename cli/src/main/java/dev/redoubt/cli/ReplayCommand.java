package dev.redoubt.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.replay.RecordedJournal;
import dev.redoubt.cli.replay.ReplayText;
import dev.redoubt.cli.replay.StepReplay;
import dev.redoubt.cli.replay.WholeReplay;
import dev.redoubt.cli.report.RecordedRun;
import dev.redoubt.cli.run.Specs;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioException;
import dev.redoubt.cli.scenario.ScenarioLoader;
import dev.redoubt.node.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code redoubt replay RUN}: a run's training again, against what its journal says. */
@Command(
    name = "replay",
    description = {
      "Train again what a run has trained, fault-free and in one process, and compare the digest of"
          + " every step with the journal; or explain one step.",
      "Exit code 5: a recorded digest does not come again."
    })
final class ReplayCommand implements Callable<Integer> {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
  private static final int THREADS_MAX = 8;

  private final Wiring wiring;

  @Mixin final GlobalOptions global = new GlobalOptions();

  @Parameters(paramLabel = "RUN", description = "A run directory.")
  @Nullable Path directory;

  @Option(
      names = "--step",
      paramLabel = "N",
      description =
          "Explain this step: compute it clean and with each bit flip that struck in it, name the"
              + " first operation, element and bit that differ, and say which recorded digest comes"
              + " from which.")
  @Nullable Integer step;

  @Option(
      names = "--microbatch",
      paramLabel = "M",
      description = "With --step: the one to bisect (default: the first that the fault is in).")
  @Nullable Integer microbatch;

  @Option(names = "--json", description = "Print the result as JSON.")
  boolean json;

  @Spec @Nullable CommandSpec spec;

  ReplayCommand(Wiring wiring) {
    this.wiring = wiring;
  }

  @Override
  public Integer call()
      throws IOException, ScenarioException, EnvironmentException, InterruptedException {
    if (directory == null) {
      throw new IllegalStateException("picocli gives the directory");
    }
    Terminal terminal = Main.terminal(spec, global);
    RecordedRun recorded = recorded(directory);
    RecordedJournal journal = journal(directory);
    Scenario scenario =
        new ScenarioLoader(wiring.catalog()).load(directory.resolve("scenario.resolved.yaml"));
    checkOptions(scenario);
    RunSpec run = Specs.of(scenario);
    checkData(recorded, run);
    tellVersion(terminal, journal.version());
    int threads = Math.min(Runtime.getRuntime().availableProcessors(), THREADS_MAX);
    return step == null
        ? whole(terminal, directory, WholeReplay.of(run, journal, threads, at -> {}))
        : explained(terminal, StepReplay.of(run, journal, step, optional(microbatch), threads));
  }

  private static OptionalInt optional(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private int whole(Terminal terminal, Path from, WholeReplay replay)
      throws JsonProcessingException {
    terminal.result(json ? JSON.writeValueAsString(replay) : ReplayText.of(replay, from));
    if (replay.commitsCompared() == 0) {
      return ExitCode.INCONCLUSIVE.code();
    }
    return (replay.isReproduced() ? ExitCode.OK : ExitCode.DIVERGED).code();
  }

  private int explained(Terminal terminal, StepReplay replay) throws JsonProcessingException {
    terminal.result(json ? JSON.writeValueAsString(replay) : ReplayText.of(replay));
    if (replay.matches().isEmpty()) {
      return ExitCode.INCONCLUSIVE.code();
    }
    return (replay.isExplained() ? ExitCode.OK : ExitCode.DIVERGED).code();
  }

  private RecordedRun recorded(Path from) throws IOException {
    try {
      RecordedRun recorded = RecordedRun.read(from);
      if (!Files.isRegularFile(from.resolve("scenario.resolved.yaml"))) {
        throw usage(from + " has no scenario.resolved.yaml: expected the directory of a run");
      }
      return recorded;
    } catch (RecordedRun.UnreadableException e) {
      throw usage(e.getMessage());
    }
  }

  private RecordedJournal journal(Path from) throws IOException {
    try {
      return RecordedJournal.read(from);
    } catch (RecordedJournal.UnreadableException e) {
      throw usage(e.getMessage());
    }
  }

  private void checkOptions(Scenario scenario) {
    int steps = scenario.train().steps();
    if (step != null && (step < 1 || step > steps)) {
      throw usage("--step is %d, expected 1 to %d, the steps of the run".formatted(step, steps));
    }
    int count = scenario.train().microbatches();
    if (microbatch != null && step == null) {
      throw usage("--microbatch belongs to --step");
    }
    if (microbatch != null && (microbatch < 0 || microbatch >= count)) {
      throw usage("--microbatch is %d, expected 0 to %d".formatted(microbatch, count - 1));
    }
  }

  /** With other data nothing could come again, and nothing would follow from it. */
  private void checkData(RecordedRun recorded, RunSpec run) throws EnvironmentException {
    String was = recorded.summary().path("dataDigest").asText("");
    String is = run.data().digest();
    if (!was.isEmpty() && !was.equals(is)) {
      throw new EnvironmentException(
          "the data have changed since the run: their digest was %s and is %s".formatted(was, is));
    }
  }

  /** Another version may compute other bits; whether it does is what the replay shows. */
  private static void tellVersion(Terminal terminal, String was) {
    if (!was.isEmpty() && !was.equals(Main.Version.number())) {
      terminal.warning(
          "the run was made by Redoubt %s, and this is %s: digests may differ for that alone"
              .formatted(was, Main.Version.number()));
    }
  }

  private ParameterException usage(@Nullable String message) {
    if (spec == null) {
      throw new IllegalStateException("picocli gives the spec");
    }
    return new ParameterException(spec.commandLine(), String.valueOf(message));
  }
}
