package dev.redoubt.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Every benchmark runs, once and briefly: what it measures is not looked at here. */
class BenchmarksTest {

  /** By class: a method and the values of its parameter. */
  private static final int RUNS =
      2 * 2 // digests: two methods, two sizes
          + 3 // update: three methods, the small model
          + 3 // products: without OpenBLAS, three shapes
          + 4 // parity: four methods, the small size
          + 3; // checkpoints: three methods

  @Test
  void every_benchmark_runs() throws Exception {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include("dev\\.redoubt\\.benchmarks\\.")
                    .exclude("openblas")
                    .exclude("ProtectionBenchmark")
                    .param("model", "nano")
                    .param("kibibytes", "64")
                    .forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(TimeValue.milliseconds(1))
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    assertThat(results).hasSize(RUNS);
  }
}
