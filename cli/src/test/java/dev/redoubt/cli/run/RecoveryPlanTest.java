package dev.redoubt.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioLoader;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.When;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecoveryPlanTest {

  static Crash crash(String id, int step) {
    return new Crash(id, new When(step, Phase.COMPUTE), new Target(1, 0), OptionalInt.empty());
  }

  @Test
  void both_scenarios_can_be_run_and_lose_what_they_should(@TempDir Path folder) throws Exception {
    RecoveryPlan plan = new RecoveryPlan("pico", 30, 20);

    Scenario memory = load(folder, plan.inMemory());
    Scenario disk = load(folder, plan.onDisk());

    assertThat(memory.cluster().spares()).isEqualTo(1);
    assertThat(memory.faults()).extracting(fault -> fault.at().step()).containsExactly(11, 15);
    assertThat(memory.train().steps()).isGreaterThan(15);
    assertThat(disk.cluster().spares()).isZero();
    assertThat(disk.faults()).extracting(fault -> fault.at().step()).containsExactly(31);
    assertThat(disk.train().steps()).isGreaterThan(31);
  }

  private static Scenario load(Path folder, String text) throws Exception {
    Path file = Files.writeString(folder.resolve("scenario.yaml"), text);
    return new ScenarioLoader(new TrainerModels()).load(file);
  }

  @Test
  void a_loss_before_the_first_checkpoint_is_refused() {
    assertThatThrownBy(() -> new RecoveryPlan("pico", 19, 20))
        .hasMessageContaining("at least every = 20, not 19");
  }
}
