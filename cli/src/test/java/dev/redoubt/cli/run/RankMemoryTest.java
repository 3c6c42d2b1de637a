package dev.redoubt.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class RankMemoryTest {

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "reads the resident set from /proc")
  void a_rank_of_pro_with_four_versions_takes_what_the_plan_said() throws Exception {
    double ratio = RankMemory.ofPro(6).ratio();

    assertThat(ratio).as("peak resident set to prediction").isBetween(0.7, RankMemory.RATIO_MAX);
  }
}
