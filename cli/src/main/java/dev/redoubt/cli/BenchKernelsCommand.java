package dev.redoubt.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.bench.KernelSuite;
import dev.redoubt.cli.bench.KernelSuite.Part;
import dev.redoubt.cli.bench.KernelsReport;
import dev.redoubt.cli.bench.KernelsReport.Target;
import dev.redoubt.cli.bench.Pace;
import dev.redoubt.trainer.ModelConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code redoubt bench kernels}. */
@Command(
    name = "kernels",
    description =
        "Measure the kernels on one thread: products beside OpenBLAS, the rest beside memory, steps"
            + " beside the peak.")
final class BenchKernelsCommand implements Callable<Integer> {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  @Mixin final GlobalOptions global = new GlobalOptions();

  @Option(
      names = "--model",
      split = ",",
      paramLabel = "NAME",
      description = "Whose shapes; may be repeated (default: nano,pro).")
  List<String> models = List.of("nano", "pro");

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "PART",
      description = "Of ${COMPLETION-CANDIDATES}; may be repeated (default: all).")
  Set<Part> only = EnumSet.allOf(Part.class);

  @Option(
      names = "--openblas",
      paramLabel = "FILE",
      description = "The library beside which products are measured (default: the usual places).")
  @Nullable Path openBlas;

  @Option(names = "--quick", description = "Few and short samples: to see that it works.")
  boolean quick;

  @Option(names = "--check", description = "Exit with 1 if a target is missed, 3 if one is open.")
  boolean check;

  @Option(names = "--json", description = "Print the report as JSON.")
  boolean json;

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() throws JsonProcessingException, EnvironmentException {
    Terminal terminal = Main.terminal(spec, global);
    checkArguments();
    KernelSuite.Wanted wanted =
        new KernelSuite.Wanted(only, models, quick ? Pace.QUICK : Pace.FULL, openBlas);
    KernelsReport report = run(wanted, terminal);
    if (json) {
      terminal.result(JSON.writeValueAsString(report));
    } else {
      new KernelsText(report, terminal).print();
    }
    return (check ? verdict(report) : ExitCode.OK).code();
  }

  private void checkArguments() throws EnvironmentException {
    CommandLine line = spec == null ? new CommandLine(this) : spec.commandLine();
    for (String model : models) {
      if (!ModelConfig.presets().contains(model)) {
        throw new ParameterException(
            line,
            "--model: '%s' is none of %s"
                .formatted(model, String.join(", ", ModelConfig.presets())));
      }
    }
    if (openBlas != null && !Files.isReadable(openBlas)) {
      throw new EnvironmentException("--openblas: cannot read " + openBlas);
    }
  }

  private static KernelsReport run(KernelSuite.Wanted wanted, Terminal terminal)
      throws EnvironmentException {
    try {
      return new KernelSuite(
              wanted, System::nanoTime, part -> terminal.message("measuring " + part))
          .run();
    } catch (OutOfMemoryError e) {
      throw new EnvironmentException(
          "there is too little memory to measure these models: take smaller ones with --model", e);
    }
  }

  private static ExitCode verdict(KernelsReport report) {
    List<Target> targets = report.targets();
    if (targets.stream().anyMatch(target -> Boolean.FALSE.equals(target.held()))) {
      return ExitCode.FAILED;
    }
    return targets.stream().allMatch(target -> target.held() != null)
        ? ExitCode.OK
        : ExitCode.INCONCLUSIVE;
  }
}
