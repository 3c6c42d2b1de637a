package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.trainer.data.DataConfig;
import dev.redoubt.trainer.data.Dataset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GoldenRunTest {

  private static final ModelConfig PICO = ModelConfig.preset("pico");

  private static GoldenResult run(TrainConfig train, int threads) throws Exception {
    return GoldenRun.run(PICO, train, Bits.data(train), threads, step -> {});
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 8})
  void theNumberOfThreadsDoesNotShow(int microbatches) throws Exception {
    TrainConfig train = TrainConfig.defaults(3, 3, microbatches, 2, 16);
    GoldenResult one = run(train, 1);
    for (int threads : new int[] {2, 3, 16}) {
      GoldenResult many = run(train, threads);
      assertThat(many.roots()).isEqualTo(one.roots());
      assertThat(many.losses()).isEqualTo(one.losses());
    }
    assertThat(one.roots()).hasSize(4).doesNotHaveDuplicates();
  }

  /** By hand, with a buffer for each microbatch, as a cluster would. */
  @Test
  void theRunIsWhatItsPartsGive() throws Exception {
    TrainConfig train = TrainConfig.defaults(4, 2, 5, 2, 16);
    try (Trainer trainer = new Trainer(PICO, train, Bits.data(train));
        Arena arena = Arena.ofConfined()) {
      ParameterLayout layout = trainer.layout();
      MemorySegment state = arena.allocate(layout.stateBytes());
      trainer.initialise(state);
      for (int step = 1; step <= 2; step++) {
        state = step(trainer, arena, state, step, 5);
      }
      assertThat(BlockDigests.read(state).root()).isEqualTo(run(train, 1).finalDigest());
    }
  }

  private static MemorySegment step(
      Trainer trainer, Arena arena, MemorySegment state, int step, int microbatches) {
    ParameterLayout layout = trainer.layout();
    MemorySegment sum =
        SumTree.fold(
            microbatches,
            microbatch -> {
              MemorySegment gradient = arena.allocate(layout.regionBytes());
              trainer.gradient(state, step, microbatch, gradient);
              return gradient;
            },
            (left, right) -> {
              Trainer.add(left, right);
              return left;
            });
    MemorySegment next = arena.allocate(layout.stateBytes());
    trainer.update(state, next, sum, step, false);
    return next;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void aPodOfSeveralRanksHasADigestForEachShardOfTheSameBits(int ranks) throws Exception {
    TrainConfig train = TrainConfig.defaults(4, 2, 3, 2, 16);
    GoldenResult whole = run(train, 1);
    GoldenResult cut = GoldenRun.run(PICO, train, Bits.data(train), 2, ranks, step -> {});
    assertThat(cut.ranks()).isEqualTo(ranks);
    assertThat(cut.losses()).isEqualTo(whole.losses());
    assertThat(cut.finalDigest()).isNotEqualTo(whole.finalDigest());
    ShardCut shards = new ShardCut(PICO, ranks);
    try (Trainer trainer = new Trainer(PICO, train, Bits.data(train));
        Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(trainer.layout().stateBytes());
      trainer.initialise(state);
      for (int version = 0; version <= 2; version++) {
        List<Digest> digests = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
          MemorySegment part = arena.allocate(shards.part(rank).stateBytes());
          shards.cutState(state, rank, part);
          digests.add(BlockDigests.read(part).root());
          assertThat(cut.digest(version, rank)).isEqualTo(digests.getLast());
        }
        assertThat(cut.digest(version)).isEqualTo(Digest.combine(digests));
        state = version < 2 ? step(trainer, arena, state, version + 1, 3) : state;
      }
    }
  }

  @Test
  void aLongerRunBeginsWithTheShorterOne() throws Exception {
    GoldenResult shorter = run(TrainConfig.defaults(3, 2, 2, 2, 16), 1);
    GoldenResult longer = run(TrainConfig.defaults(3, 4, 2, 2, 16), 1);
    assertThat(longer.digest(2)).isEqualTo(shorter.finalDigest());
  }

  @Test
  void anInterruptedRunStops() throws Exception {
    TrainConfig train = TrainConfig.defaults(3, 1000, 4, 2, 16);
    List<Long> steps = new ArrayList<>();
    assertThatThrownBy(
            () ->
                GoldenRun.run(
                    PICO,
                    train,
                    Bits.data(train),
                    2,
                    step -> {
                      steps.add(step);
                      if (step == 2) {
                        Thread.currentThread().interrupt();
                      }
                    }))
        .isInstanceOf(InterruptedException.class);
    assertThat(steps).containsExactly(1L, 2L);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void picoLearns(long seed) throws Exception {
    TrainConfig train = TrainConfig.defaults(seed, 60, 8, 4, 64);
    Dataset data = Dataset.open(DataConfig.jdkSources(), train);
    double[] losses = GoldenRun.run(PICO, train, data, 2, step -> {}).losses();
    assertThat(losses[0]).isBetween(5.3, 5.8);
    assertThat(losses[59]).isLessThan(0.75 * losses[0]);
  }
}
