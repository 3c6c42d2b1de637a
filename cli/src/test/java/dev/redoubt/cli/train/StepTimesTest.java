package dev.redoubt.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StepTimesTest {

  private static StepTimes of(int warmup, double... seconds) {
    StepTimes times = new StepTimes(warmup);
    for (double each : seconds) {
      times.add(each);
    }
    return times;
  }

  @Test
  void theWarmUpIsLeftOutOnceThereIsEnoughAfterIt() {
    StepTimes few = of(3, 9, 8, 7, 1, 2);
    assertThat(few.measured()).containsExactly(9.0, 8.0, 7.0, 1.0, 2.0);
    StepTimes enough = of(3, 9, 8, 7, 1, 2, 3);
    assertThat(enough.measured()).containsExactly(1.0, 2.0, 3.0);
    assertThat(enough.measured(0.5)).isEqualTo(2);
    assertThat(enough.measured(0.99)).isEqualTo(3);
    assertThat(of(0, 4).measured(0.5)).isEqualTo(4);
  }

  @Test
  void theLastTenGiveTheSpeed() {
    StepTimes times = new StepTimes(0);
    for (int step = 0; step < 100; step++) {
      times.add(step < 90 ? 50 : 2);
    }
    assertThat(times.recent()).isEqualTo(2);
  }

  @Test
  void theStepsThatFitAreCountedByTheLaterAndFasterOnes() {
    assertThat(of(8, 99, 99, 99, 99, 2, 2, 7, 7).thatFit(200)).isEqualTo(97);
    assertThat(of(8, 1).thatFit(-3)).isZero();
    assertThat(of(8, 0).thatFit(60)).isEqualTo(1_000_000_000);
  }
}
