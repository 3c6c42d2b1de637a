package dev.redoubt.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code redoubt bench}: measures, always one thing beside another in the same run. */
@Command(
    name = "bench",
    description = "Measure what this machine and Redoubt can do.",
    subcommands = BenchKernelsCommand.class)
final class BenchCommand implements Runnable {

  @Mixin final GlobalOptions global = new GlobalOptions();

  @Spec @Nullable CommandSpec spec;

  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "expected what to measure: kernels");
    }
  }
}
