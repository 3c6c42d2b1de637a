package dev.redoubt.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.report.RunOutcome.Memory;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ResidentMemoryTest {

  @Test
  void growthIsFromTheSecondTenthOfTheStepsToTheLastOne() {
    ResidentMemory memory = new ResidentMemory(1000);
    for (int step = 1; step <= 1000; step++) {
      memory.sample(step, step <= 100 ? 1 : step <= 900 ? 1000 : 1100);
    }
    memory.sample(950, 1_000_000);

    assertThat(memory.use()).isEqualTo(new Memory(1000, 1100));
    assertThat(new Memory(1000, 1100).growsBy()).isEqualTo(0.1);
  }

  @Test
  void aRunThatIsTooShortTellsNothing() {
    ResidentMemory memory = new ResidentMemory(40);
    for (int step = 1; step <= 40; step++) {
      memory.sample(step, 1000);
    }

    assertThat(memory.use()).isNull();
  }

  @Test
  void whatIsTakenIsTheResidentSetOfThisProcessAtLeast() {
    ResidentMemory memory = new ResidentMemory(100);
    for (int step = 1; step <= 100; step++) {
      memory.committed(step);
    }

    Memory use = Objects.requireNonNull(memory.use());
    assertThat(use.lastBytes()).isGreaterThan(20L << 20);
  }
}
