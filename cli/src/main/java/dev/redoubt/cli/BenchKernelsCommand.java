package dev.redoubt.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.redoubt.cli.bench.BenchReport;
import dev.redoubt.cli.bench.Effort;
import dev.redoubt.cli.bench.KernelBench;
import dev.redoubt.cli.bench.OpenBlas;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redoubt bench kernels}: every kernel of a step. */
@Command(
    name = "kernels",
    description = "Measure each kernel beside OpenBLAS, the FMA peak or memory, on one thread.")
final class BenchKernelsCommand implements Callable<Integer> {

  @Mixin final GlobalOptions global = new GlobalOptions();
  @Mixin final BenchOptions bench = new BenchOptions();

  @Option(names = "--quick", description = "Short samples and few of them.")
  boolean quick;

  @Option(
      names = "--filter",
      paramLabel = "TEXT",
      description = "Only figures with this in their group and name, such as 'step pro'.")
  String filter = "";

  @Option(
      names = "--openblas",
      paramLabel = "FILE",
      description = "The OpenBLAS library (default: where systems keep it).")
  @Nullable Path openblas;

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() throws EnvironmentException, JsonProcessingException {
    Terminal terminal = Main.terminal(spec, global);
    try (Arena arena = Arena.ofShared()) {
      KernelBench kernels =
          new KernelBench(
              quick ? Effort.QUICK : Effort.FULL, filter, blas(arena), terminal::message);
      BenchReport report = kernels.run();
      if (report.figures().isEmpty()) {
        terminal.error("no figure has '" + filter + "' in its group and name");
        return ExitCode.USAGE.code();
      }
      ExitCode code = bench.print(report, terminal);
      if (!kernels.bitIdentical()) {
        terminal.error("a product has other bits than the scalar loop");
        return ExitCode.FAILED.code();
      }
      return code.code();
    }
  }

  private Optional<OpenBlas> blas(Arena arena) throws EnvironmentException {
    try {
      return OpenBlas.load(openblas, arena);
    } catch (IllegalArgumentException e) {
      throw new EnvironmentException("--openblas: " + e.getMessage(), e);
    }
  }
}
