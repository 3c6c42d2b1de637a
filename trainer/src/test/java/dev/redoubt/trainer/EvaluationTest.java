package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.trainer.data.Dataset;
import dev.redoubt.trainer.data.Sample;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A state is judged by text that it has not seen, and by what it writes. */
class EvaluationTest {

  private static final ModelConfig PICO = ModelConfig.preset("pico");

  /** 312 windows of sixteen tokens. */
  private static final TrainConfig TRAIN = TrainConfig.defaults(4, 3, 2, 3, 16);

  @Test
  void theLossIsThatOfTheTrainingOnTheSameWindows() throws Exception {
    Dataset data = Bits.data(TRAIN);
    try (SoloRun run = new SoloRun(PICO, TRAIN, data, 1);
        Evaluation evaluation = new Evaluation(PICO, TRAIN, data, 5 * 48);
        Arena arena = Arena.ofConfined();
        Trainer trainer = new Trainer(PICO, TRAIN, data)) {
      MemorySegment gradient = arena.allocate(run.layout().regionBytes());
      double sum = 0;
      for (int index = 0; index < 5; index++) {
        sum += trainer.gradient(run.state(), 1 + index / 2, index % 2, gradient);
      }
      double before = evaluation.loss(run.state());
      assertThat(before).isEqualTo(sum / 5, within(1e-6));
      run.step();
      run.step();
      assertThat(evaluation.loss(run.state())).isLessThan(before);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "15, 1", "33, 2", "100000000, 312"})
  void itReadsAtLeastOneWindowAndNoneTwice(long tokensMax, int count) throws Exception {
    try (Evaluation evaluation = new Evaluation(PICO, TRAIN, Bits.data(TRAIN), tokensMax)) {
      assertThat(evaluation.samples()).hasSize(count);
      Set<List<Integer>> windows = new HashSet<>();
      for (Sample sample : evaluation.samples()) {
        windows.add(java.util.Arrays.stream(sample.tokens()).boxed().toList());
      }
      assertThat(windows).hasSize(count);
    }
  }

  /** The likelihood of each token, one by one, is the loss. */
  @Test
  void theModelGoesOnWithATextAsTheLossSays() throws Exception {
    Dataset data = Bits.data(TRAIN);
    try (SoloRun run = new SoloRun(PICO, TRAIN, data, 1);
        Evaluation evaluation = new Evaluation(PICO, TRAIN, data, 1)) {
      run.step();
      Sample window = evaluation.samples().getFirst();
      Sampler.Model model = evaluation.model(run.state());
      float[] logits = new float[256];
      double sum = 0;
      for (int row = 0; row < 16; row++) {
        model.next(window.tokens(), row + 1, logits);
        double all = 0;
        for (float logit : logits) {
          all += Math.exp(logit);
        }
        sum += Math.log(all) - logits[window.targets()[row]];
      }
      assertThat(sum / 16).isEqualTo(evaluation.loss(run.state()), within(1e-5));
    }
  }
}
