package dev.redoubt.cli;

import dev.redoubt.cli.bench.BenchReport;
import dev.redoubt.cli.bench.Effort;
import dev.redoubt.cli.bench.StoreBench;
import dev.redoubt.trainer.ModelConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code redoubt bench store}: what the store and the fabric cost. */
@Command(
    name = "store",
    description = "Measure a protected step beside a bare one, transfers, and a repair.")
final class BenchStoreCommand implements Callable<Integer> {

  private static final long MEGA = 1_000_000;
  private static final int ROUNDS = 20;
  private static final int QUICK_ROUNDS = 4;

  @Mixin final GlobalOptions global = new GlobalOptions();
  @Mixin final BenchOptions bench = new BenchOptions();

  @Option(names = "--quick", description = "Short samples and few of them.")
  boolean quick;

  @Option(names = "--model", paramLabel = "NAME", description = "What is trained (default: pro).")
  String model = "pro";

  @Option(
      names = "--rounds",
      paramLabel = "COUNT",
      description = {
        "Of 8 steps with and 8 without protection, 1 to 10000",
        "(default: 20, with --quick 4)."
      })
  @Nullable Integer rounds;

  @Option(
      names = "--megabytes",
      paramLabel = "COUNT",
      description = "Of the shard that is moved and repaired, 1 to 2000 (default: 100).")
  int megabytes = 100;

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() throws EnvironmentException, IOException, InterruptedException {
    Terminal terminal = Main.terminal(spec, global);
    ModelConfig trained = model();
    if (megabytes < 1 || megabytes > 2000) {
      throw wrong("--megabytes is 1 to 2000, not " + megabytes);
    }
    int count = rounds == null ? (quick ? QUICK_ROUNDS : ROUNDS) : rounds;
    if (count < 1 || count > 10_000) {
      throw wrong("--rounds is 1 to 10000, not " + count);
    }
    try (Scratch scratch = Scratch.in(Path.of(System.getProperty("java.io.tmpdir")))) {
      BenchReport report =
          new StoreBench(
                  quick ? Effort.QUICK : Effort.FULL,
                  count,
                  trained,
                  megabytes * MEGA,
                  scratch.path(),
                  terminal::message)
              .run();
      return bench.print(report, terminal).code();
    }
  }

  private ModelConfig model() {
    try {
      return ModelConfig.preset(model);
    } catch (IllegalArgumentException e) {
      throw wrong("--model: " + e.getMessage());
    }
  }

  private ParameterException wrong(String what) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), what);
  }
}
