package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.digest.BlockDigests;
import org.junit.jupiter.api.Test;

/** Training in one process, and the learning rate of its steps. */
class SoloRunTest {

  private static final ModelConfig PICO = ModelConfig.preset("pico");
  private static final TrainConfig TRAIN = TrainConfig.defaults(4, 3, 5, 1, 16);

  @Test
  void itGoesFromVersionToVersion() throws Exception {
    GoldenResult golden = GoldenRun.run(PICO, TRAIN, Bits.data(TRAIN), 1, step -> {});
    try (SoloRun run = new SoloRun(PICO, TRAIN, Bits.data(TRAIN), 2)) {
      for (int version = 0; version <= 3; version++) {
        assertThat(run.version()).isEqualTo(version);
        assertThat(run.digests().root()).isEqualTo(golden.digest(version));
        assertThat(BlockDigests.read(run.state())).isEqualTo(run.digests());
        if (version < 3) {
          assertThat(run.step()).isEqualTo(golden.losses()[version]);
        }
      }
    }
  }

  /** Up to the end of the warm-up nothing depends on the length of the run. */
  @Test
  void aLengthThatIsSetAfterTheWarmUpGivesTheBitsOfOneThatWasKnown() throws Exception {
    TrainConfig known = TRAIN.with(5, 1e-2, 2, LearningSchedule.COSINE);
    TrainConfig open = TRAIN.with(1000, 1e-2, 2, LearningSchedule.COSINE);
    try (SoloRun one = new SoloRun(PICO, known, Bits.data(TRAIN), 1);
        SoloRun two = new SoloRun(PICO, open, Bits.data(TRAIN), 3)) {
      for (int step = 1; step <= 5; step++) {
        if (step == 3) {
          assertThat(two.digests()).isEqualTo(one.digests());
          two.goOnWith(known);
        }
        one.step();
        two.step();
      }
      assertThat(two.digests()).isEqualTo(one.digests());
      assertThatThrownBy(() -> two.goOnWith(TrainConfig.defaults(5, 3, 5, 1, 16)))
          .hasMessage("a run keeps its batch and its seed");
    }
  }

  @Test
  void anInterruptLeavesTheLastVersion() throws Exception {
    try (SoloRun run = new SoloRun(PICO, TRAIN, Bits.data(TRAIN), 1)) {
      run.step();
      BlockDigests digests = run.digests();
      Thread.currentThread().interrupt();
      assertThatThrownBy(run::step).isInstanceOf(InterruptedException.class);
      assertThat(run.version()).isEqualTo(1);
      assertThat(BlockDigests.read(run.state())).isEqualTo(digests);
    }
  }

  @Test
  void theLearningRateRisesAndStays() {
    TrainConfig constant = TRAIN.with(100, 0.5, 10, LearningSchedule.CONSTANT);
    assertThat(constant.learningRate(1)).isEqualTo(0.05, within(1e-15));
    assertThat(constant.learningRate(9)).isEqualTo(0.45, within(1e-15));
    assertThat(constant.learningRate(10)).isEqualTo(0.5);
    assertThat(constant.learningRate(100)).isEqualTo(0.5);
    assertThat(TrainConfig.defaults(1, 3, 1, 1, 8).schedule()).isEqualTo(LearningSchedule.CONSTANT);
  }

  @Test
  void theLearningRateFallsToATenthAlongACosine() {
    TrainConfig cosine = TRAIN.with(110, 0.5, 10, LearningSchedule.COSINE);
    assertThat(cosine.learningRate(5)).isEqualTo(0.25);
    assertThat(cosine.learningRate(10)).isEqualTo(0.5);
    assertThat(cosine.learningRate(60)).isEqualTo(0.275, within(1e-15));
    assertThat(cosine.learningRate(110)).isEqualTo(0.05, within(1e-15));
    assertThat(cosine.learningRate(35))
        .isEqualTo(0.05 + 0.45 * (1 + Math.sqrt(0.5)) / 2, within(1e-15));
    assertThat(TRAIN.with(5, 0.5, 5, LearningSchedule.COSINE).learningRate(5)).isEqualTo(0.5);
    assertThat(TRAIN.with(1, 0.5, 0, LearningSchedule.COSINE).learningRate(1))
        .isEqualTo(0.05, within(1e-15));
  }
}
