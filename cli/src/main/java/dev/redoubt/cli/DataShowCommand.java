package dev.redoubt.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.run.Specs;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioException;
import dev.redoubt.cli.scenario.ScenarioLoader;
import dev.redoubt.node.RunSpec;
import dev.redoubt.trainer.data.Samples;
import dev.redoubt.trainer.input.InterleavedSamples;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code redoubt data show}: where each token of a sample came from. */
@Command(
    name = "show",
    description = "Show a sample of a scenario's data, and where each of its tokens came from.")
final class DataShowCommand implements Callable<Integer> {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Wiring wiring;

  @Mixin final GlobalOptions global = new GlobalOptions();

  @Parameters(paramLabel = "FILE", description = "The scenario.")
  @Nullable Path file;

  @Option(
      names = "--sample",
      paramLabel = "N",
      description = "Its number among the data's windows, from 0 (default: 0).")
  @Nullable Long sample;

  @Option(
      names = "--at",
      paramLabel = "STEP,MICROBATCH,ROW",
      split = ",",
      description = "The sample that this place of the run has, in place of --sample.")
  List<Integer> at = List.of();

  @Option(names = "--each", description = "A line for each token.")
  boolean each;

  @Option(names = "--json", description = "Print all tokens as JSON.")
  boolean json;

  @Spec @Nullable CommandSpec spec;

  DataShowCommand(Wiring wiring) {
    this.wiring = wiring;
  }

  @Override
  public Integer call() throws ScenarioException, EnvironmentException, JsonProcessingException {
    if (file == null) {
      throw new IllegalStateException("picocli gives the file");
    }
    Terminal terminal = Main.terminal(spec, global);
    Scenario scenario = new ScenarioLoader(wiring.catalog()).load(file);
    RunSpec run = Specs.of(scenario);
    long index = index(run.data(), scenario.train());
    SampleRows rows = SampleRows.of(run.data(), run.model(), run.train(), index);
    if (json) {
      terminal.result(JSON.writeValueAsString(Map.of("sample", index, "tokens", rows.tokens())));
    } else if (!each && run.data() instanceof InterleavedSamples interleaved) {
      terminal.result(interleaved.show(index).stripTrailing());
    } else {
      rows.print(terminal, each);
    }
    return ExitCode.OK.code();
  }

  private long index(Samples data, Scenario.Train train) {
    if (!at.isEmpty()) {
      return placed(data, train);
    }
    long index = sample == null ? 0 : sample;
    if (index < 0 || index >= data.samples()) {
      throw usage(
          "--sample is %d, expected 0 to %d, for there are %d"
              .formatted(index, data.samples() - 1, data.samples()));
    }
    return index;
  }

  private long placed(Samples data, Scenario.Train train) {
    boolean fits =
        at.size() == 3
            && sample == null
            && within(at.get(0), 1, train.steps())
            && within(at.get(1), 0, train.microbatches() - 1)
            && within(at.get(2), 0, train.batchSize() - 1);
    if (!fits) {
      throw usage(
          "--at is STEP,MICROBATCH,ROW, expected 1 to %d, 0 to %d, 0 to %d, and no --sample"
              .formatted(train.steps(), train.microbatches() - 1, train.batchSize() - 1));
    }
    return data.indexOf(at.get(0), at.get(1), at.get(2));
  }

  private static boolean within(int value, int min, int max) {
    return value >= min && value <= max;
  }

  private ParameterException usage(String message) {
    return new ParameterException(
        spec == null ? new CommandLine(this) : spec.commandLine(), message);
  }
}
