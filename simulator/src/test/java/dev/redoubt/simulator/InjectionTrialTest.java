package dev.redoubt.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Mesh;
import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.fault.Site;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Dataset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Drawn flips in states: found in their step, blamed on the victim, mended; the same each time. */
class InjectionTrialTest {

  private static final ModelConfig TINY = new ModelConfig("tiny", 1, 16, 4, 4, 32, 256, 64);
  private static final TrainConfig TRAIN = TrainConfig.defaults(7, 8, 6, 1, 8);

  @Test
  void everyFlipInAStateIsFoundBlamedAndMended() throws Exception {
    byte[] text =
        "the quick brown fox jumps over the lazy dog. "
            .repeat(40)
            .getBytes(StandardCharsets.US_ASCII);
    Dataset data = Dataset.of(text, TRAIN);
    try (GoldenVersions golden = new GoldenVersions(TINY, TRAIN, data);
        SimulatedCluster cluster = new SimulatedCluster(TINY, TRAIN, data, golden)) {
      InjectionTrial trial = new InjectionTrial(cluster, protocol(), 2);
      List<Site> states =
          List.of(Site.PARAMETERS, Site.FIRST_MOMENTS, Site.SECOND_MOMENTS, Site.STORED_COPY);
      InjectionDraw draw = new InjectionDraw(1, states, cluster.layout(), 3, 3, 6);
      for (int index = 0; index < 24; index++) {
        Outcome outcome = trial.run(draw.flip(index));
        assertThat(outcome.activated()).isTrue();
        assertThat(outcome.found()).isNotNull();
        assertThat(outcome.afterSteps()).isZero();
        assertThat(outcome.blame()).isEqualTo(Outcome.Blame.THE_VICTIM);
        assertThat(outcome.golden()).isTrue();
        assertThat(trial.run(draw.flip(index))).isEqualTo(outcome);
      }
    }
  }

  private static ProtocolConfig protocol() {
    return new ProtocolConfig(
        new Mesh(3, 1, 0),
        TRAIN.steps(),
        TRAIN.microbatches(),
        4,
        1,
        1,
        true,
        false,
        5,
        3,
        new ProtocolConfig.Timeouts(60_000, 30_000, 30_000, 2_000));
  }
}
