package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.bench.BenchReport;
import dev.redoubt.cli.run.RankMemory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

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

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "mode processes needs Linux")
  void a_worker_is_killed_and_every_phase_of_every_way_back_is_printed() throws IOException {
    Cli ended =
        Cli.run(
            "bench",
            "recovery",
            "--quick",
            "--model",
            "pico",
            "--every",
            "2",
            "--steps",
            "3",
            "--json");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    JsonNode report = JsonMapper.builder().build().readTree(ended.out());
    Map<String, List<String>> names = new LinkedHashMap<>();
    for (JsonNode figure : report.path("figures")) {
      assertThat(figure.path("speed").asDouble()).as(figure.toString()).isPositive();
      names
          .computeIfAbsent(figure.path("group").asText(), group -> new ArrayList<>())
          .add(figure.path("name").asText());
    }
    List<String> memory = List.of("noticed", "decided", "moved", "running", "kill to next step");
    assertThat(names)
        .containsExactly(
            Map.entry("a spare takes over", memory),
            Map.entry("the pod is dissolved", memory),
            Map.entry(
                "restart from a checkpoint",
                List.of(
                    "noticed",
                    "decided",
                    "started",
                    "moved",
                    "replayed",
                    "running",
                    "kill to next step",
                    "without what is replayed")));
    assertThat(report.at("/figures/16/note").asText()).isEqualTo("1 steps repeated");
    assertThat(report.path("targets")).hasSize(4);
    assertThat(report.at("/targets/2/observed").asDouble()).isZero();
  }

  @Test
  void checks_of_products_are_measured_beside_none_and_bit_by_bit() throws IOException {
    Cli ended = Cli.run("bench", "abft", "--quick", "--model", "pico", "--json");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    JsonNode report = JsonMapper.builder().build().readTree(ended.out());
    Map<String, List<Double>> ratios = new LinkedHashMap<>();
    for (JsonNode figure : report.path("figures")) {
      ratios
          .computeIfAbsent(figure.path("group").asText(), group -> new ArrayList<>())
          .add(figure.path("ratio").asDouble());
    }
    assertThat(ratios.keySet())
        .containsExactly("a step of pico", "found with all", "found with large", "right columns");
    assertThat(ratios.getOrDefault("a step of pico", List.of()))
        .hasSize(2)
        .allMatch(ratio -> ratio > 0);
    List<Double> all = ratios.getOrDefault("found with all", List.of());
    assertThat(all).hasSize(32);
    // The upper exponent bits from the top: an infinite or huge result, or one that is gone.
    assertThat(all.get(1)).isGreaterThan(0.9);
    assertThat(all.getLast()).isLessThan(0.2);
    assertThat(report.path("targets")).hasSize(2);
  }

  @Test
  void a_loss_before_the_first_checkpoint_is_bad_usage() {
    Cli ended = Cli.run("bench", "recovery", "--every", "5", "--steps", "4");
    assertThat(ended.exitCode()).isEqualTo(ExitCode.USAGE.code());
    assertThat(ended.err()).contains("every = 5, not 4");
  }

  @Test
  void the_store_is_measured_row_by_row_and_a_small_shard_misses_the_target() throws IOException {
    Cli ended =
        Cli.run(
            "bench",
            "store",
            "--quick",
            "--model",
            "pico",
            "--megabytes",
            "1",
            "--json",
            "--check");
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(ExitCode.FAILED.code());
    JsonNode report = JsonMapper.builder().build().readTree(ended.out());
    List<String> names = new ArrayList<>();
    report.path("figures").forEach(figure -> names.add(figure.path("name").asText()));
    assertThat(names)
        .containsExactly(
            "a step",
            "blocks",
            "pull",
            "frame",
            "blocks, TLS",
            "pull, TLS",
            "frame, TLS",
            "repair of one bit");
    // A block is 64 KiB: of one megabyte that is more than a thousandth.
    assertThat(report.at("/targets/2/outcome").asText()).isEqualTo("MISSED");
  }
}
