package dev.redoubt.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.cli.EnvironmentException;
import dev.redoubt.cli.report.Outcomes;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioLoader;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.program.Shard;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryBudgetTest {

  private final Scenario scenario = Outcomes.scenario("{falseAlarms: 0}");
  private final ParameterLayout pico = ParameterLayout.of(ModelConfig.preset("pico"));

  @Test
  void three_workers_hold_four_versions_each_and_the_golden_run_two() {
    assertThat(MemoryBudget.wanted(scenario, pico, pico))
        .isGreaterThan((3 * 4 + 2) * pico.stateBytes());
  }

  @Test
  void ranks_of_a_pod_share_the_versions_out() {
    ParameterLayout part = ParameterLayout.of(ModelConfig.preset("pico"), new Shard(1, 4));

    assertThat(MemoryBudget.wanted(scenario, pico, part))
        .isLessThan(MemoryBudget.wanted(scenario, pico, pico))
        .isGreaterThan(2 * pico.stateBytes());
  }

  @Test
  void enough_is_enough_and_a_byte_less_is_not() {
    long wanted = MemoryBudget.wanted(scenario, pico, pico);

    assertThatCode(() -> new MemoryBudget(() -> wanted).check(scenario, pico, pico))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> new MemoryBudget(() -> wanted - 1).check(scenario, pico, pico))
        .isInstanceOf(EnvironmentException.class)
        .hasMessageContaining("3 workers")
        .hasMessageContaining("redundancy.keepVersions");
  }

  @Test
  void a_model_beyond_all_numbers_does_not_wrap_around_to_a_small_one() {
    ParameterLayout huge =
        ParameterLayout.of(
            new ModelConfig("huge", 128, 1 << 25, 4, 1 << 20, 1 << 28, 1 << 20, 512));

    assertThat(MemoryBudget.wanted(scenario, huge, huge)).isEqualTo(Long.MAX_VALUE);
  }

  /** Attention is computed in tiles: 32 times the context is 32 times what depends on it. */
  @Test
  void a_longer_context_takes_more_in_proportion(@TempDir Path folder) throws Exception {
    long none = wanted(folder, 2);
    long shorter = wanted(folder, 1026) - none;
    long longer = wanted(folder, 2 + 32 * 1024 - 64) - none;

    assertThat((double) longer / shorter).isCloseTo((32 * 1024 - 64) / 1024.0, within(1e-6));
  }

  private long wanted(Path folder, int sequenceLength) throws Exception {
    Path file = folder.resolve("long.yaml");
    Files.writeString(
        file,
        """
        apiVersion: redoubt/v1
        name: long
        cluster: {pods: 1}
        model: pico
        train: {steps: 1, microbatches: 1, sequenceLength: %d, batchSize: 1}
        """
            .formatted(sequenceLength));
    return MemoryBudget.wanted(new ScenarioLoader(new TrainerModels()).load(file), pico, pico);
  }

  @Test
  void this_machine_has_some() {
    assertThatCode(() -> MemoryBudget.ofThisMachine().check(scenario, pico, pico))
        .doesNotThrowAnyException();
  }
}
