package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.bench.BenchReport;
import dev.redoubt.cli.run.RankMemory;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class BenchCommandTest {

  @Test
  void a_filtered_run_takes_that_figure_alone_and_leaves_the_targets_open() throws IOException {
    Cli ended = Cli.run("bench", "kernels", "--quick", "--json", "--check", "--filter", "FMA peak");
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(ExitCode.INCONCLUSIVE.code());
    JsonNode report = JsonMapper.builder().build().readTree(ended.out());
    assertThat(report.path("schema").asInt()).isEqualTo(1);
    assertThat(report.path("benchmark").asText()).isEqualTo("kernels");
    assertThat(report.path("machine").path("openblas").asText()).isNotEmpty();
    assertThat(report.path("figures")).hasSize(1);
    assertThat(report.path("figures").path(0).path("speed").asDouble()).isPositive();
    assertThat(report.path("targets")).hasSize(5);
  }

  @Test
  void a_filter_that_nothing_matches_is_bad_usage() {
    Cli ended = Cli.run("bench", "kernels", "--quick", "--filter", "no such kernel");
    assertThat(ended.exitCode()).isEqualTo(ExitCode.USAGE.code());
    assertThat(ended.err()).contains("no such kernel");
  }

  @Test
  void a_library_that_is_not_there_is_the_environments_fault() {
    Cli ended = Cli.run("bench", "kernels", "--quick", "--openblas", "/no/such/library.so");
    assertThat(ended.exitCode()).isEqualTo(ExitCode.ENVIRONMENT.code());
    assertThat(ended.err()).contains("/no/such/library.so");
  }

  @Test
  void bench_alone_is_bad_usage() {
    Cli ended = Cli.run("bench");
    assertThat(ended.exitCode()).isEqualTo(ExitCode.USAGE.code());
    assertThat(ended.err()).contains("kernels").contains("memory");
  }

  @Test
  void memory_beyond_the_plan_misses_the_target() {
    assertThat(BenchMemoryCommand.report(new RankMemory(100, 130)).outcome())
        .isEqualTo(BenchReport.Outcome.HELD);
    assertThat(BenchMemoryCommand.report(new RankMemory(100, 131)).outcome())
        .isEqualTo(BenchReport.Outcome.MISSED);
  }
}
