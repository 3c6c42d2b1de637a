package dev.redoubt.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code redoubt bench ...}: speed and memory, each beside what it should be near to. */
@Command(
    name = "bench",
    description = "Measure speed and memory beside a reference, in one run.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      BenchAbftCommand.class,
      BenchKernelsCommand.class,
      BenchMemoryCommand.class,
      BenchRecoveryCommand.class,
      BenchStoreCommand.class
    })
final class BenchCommand implements Runnable {

  @Mixin final GlobalOptions global = new GlobalOptions();

  @Spec @Nullable CommandSpec spec;

  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "expected a benchmark");
    }
  }
}
