package dev.redoubt.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.redoubt.cli.bench.AbftBench;
import dev.redoubt.cli.bench.Effort;
import dev.redoubt.trainer.ModelConfig;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code redoubt bench abft}: what checksums on matrix products cost, and what they find. */
@Command(
    name = "abft",
    description =
        "Measure a step with and without checksums on matrix products, and which flips they find,"
            + " bit by bit.")
final class BenchAbftCommand implements Callable<Integer> {

  private static final int FLIPS = 1000;
  private static final int FLIPS_QUICK = 50;

  @Mixin final GlobalOptions global = new GlobalOptions();
  @Mixin final BenchOptions bench = new BenchOptions();

  @Option(names = "--quick", description = "Few steps, and few flips.")
  boolean quick;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "The model that is trained (default: ${DEFAULT-VALUE}).")
  String model = "pro";

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() throws JsonProcessingException {
    Terminal terminal = Main.terminal(spec, global);
    AbftBench products =
        new AbftBench(
            quick ? Effort.QUICK : Effort.FULL,
            preset(),
            quick ? FLIPS_QUICK : FLIPS,
            terminal::message);
    return bench.print(products.run(), terminal).code();
  }

  private ModelConfig preset() {
    try {
      return ModelConfig.preset(model);
    } catch (IllegalArgumentException e) {
      if (spec == null) {
        throw e;
      }
      throw new ParameterException(spec.commandLine(), "--model: " + e.getMessage(), e);
    }
  }
}
