package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.trainer.data.Dataset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A state is judged by text that it has not seen. */
class HeldOutLossTest {

  private static final ModelConfig PICO = ModelConfig.preset("pico");

  /** 312 windows of sixteen tokens. */
  private static final TrainConfig TRAIN = TrainConfig.defaults(4, 3, 2, 3, 16);

  @Test
  void itIsTheMeanOverWindowsEachReadOnce() throws Exception {
    Dataset data = Bits.data(TRAIN);
    try (SoloRun run = new SoloRun(PICO, TRAIN, data, 1);
        HeldOutLoss few = new HeldOutLoss(PICO, TRAIN, data, 5 * 48);
        Arena arena = Arena.ofConfined();
        Trainer trainer = new Trainer(PICO, TRAIN, data)) {
      MemorySegment gradient = arena.allocate(run.layout().regionBytes());
      double sum = 0;
      for (int index = 0; index < 5; index++) {
        sum += trainer.gradient(run.state(), 1 + index / 2, index % 2, gradient);
      }
      assertThat(few.of(run.state())).isEqualTo(sum / 5, within(1e-12));
      double before = few.of(run.state());
      run.step();
      run.step();
      assertThat(few.of(run.state())).isLessThan(before);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "47, 1", "96, 2", "100000000, 104"})
  void itReadsAtLeastOneMicrobatchAndNoWindowTwice(long tokensMax, int count) throws Exception {
    try (HeldOutLoss loss = new HeldOutLoss(PICO, TRAIN, Bits.data(TRAIN), tokensMax)) {
      assertThat(loss.count()).isEqualTo(count);
    }
  }
}
