package dev.redoubt.cli;

import dev.redoubt.cli.bench.BenchReport;
import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.cli.bench.BenchReport.Target;
import dev.redoubt.cli.run.RankMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redoubt bench memory}: what a rank takes beside what {@code plan} says. */
@Command(
    name = "memory",
    description = "Run a rank of pro with 4 versions; print its peak memory beside the plan's.")
final class BenchMemoryCommand implements Callable<Integer> {

  private static final int STEPS = 8;
  private static final int STEPS_QUICK = 5;
  private static final double MEBI = 1 << 20;

  @Mixin final GlobalOptions global = new GlobalOptions();
  @Mixin final BenchOptions bench = new BenchOptions();

  @Option(names = "--quick", description = "Fewer steps.")
  boolean quick;

  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() throws EnvironmentException, IOException, InterruptedException {
    Terminal terminal = Main.terminal(spec, global);
    if (!Files.isReadable(Path.of("/proc/self/status"))) {
      throw new EnvironmentException("the peak is read from /proc/self/status, which is not here");
    }
    return bench.print(report(RankMemory.ofPro(quick ? STEPS_QUICK : STEPS)), terminal).code();
  }

  static BenchReport report(RankMemory memory) {
    SequencedMap<String, String> machine = new LinkedHashMap<>();
    machine.put("jdk", String.valueOf(Runtime.version()));
    double ratio = memory.ratio();
    double peak = memory.peakBytes() / MEBI;
    double plan = memory.predictedBytes() / MEBI;
    String name = "pro with 4 versions";
    Figure predicted = Figure.alone("memory", name + ", plan", plan, "MiB", "JVM included");
    Figure taken =
        new Figure(
            "memory", name + ", peak", peak, "MiB", "plan", ratio, Double.NaN, Double.NaN, "VmHWM");
    return new BenchReport(
        1,
        "memory",
        machine,
        List.of(predicted, taken),
        List.of(Target.atMost("peak to plan", RankMemory.RATIO_MAX, ratio)));
  }
}
