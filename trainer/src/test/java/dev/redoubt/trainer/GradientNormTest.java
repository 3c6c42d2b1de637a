package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.program.Links;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ranks of a pod clip by one norm, whose bits do not depend on how many they are. */
class GradientNormTest {

  private static final List<ModelConfig> MODELS =
      List.of(
          ShardCutTest.ODD,
          new ModelConfig("thin", 1, 4, 4, 4, 4, 256, 16),
          new ModelConfig("broad", 1, 132, 8, 20, 516, 300, 16));

  /** Clips: the norm of the gradients below is far larger. */
  private static final TrainConfig TRAIN =
      new TrainConfig(9, 3, 2, 2, 16, 4e-3, 10, 0.01, 0.9, 0.95, 1e-8, 0.05);

  private static MemorySegment gradient(ParameterLayout layout, Arena arena) {
    MemorySegment gradient = arena.allocate(layout.regionBytes(), 64);
    Random random = new Random(5);
    for (TensorSpec tensor : layout.tensors()) {
      for (long i = 0; i < tensor.size(); i++) {
        gradient.setAtIndex(
            ValueLayout.JAVA_FLOAT, tensor.offset() + i, (float) random.nextGaussian());
      }
    }
    return gradient;
  }

  private static double whole(ParameterLayout layout, MemorySegment gradient, Arena arena) {
    return new GradientNorm(layout, Links.NONE, arena).squared(gradient, 1);
  }

  private static List<Double> ofRanks(ShardCut cut, MemorySegment gradient) throws Exception {
    return Pod.run(
        cut.count(),
        (rank, links) -> {
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment part = arena.allocate(cut.part(rank).regionBytes(), 64);
            cut.cutGradient(gradient, rank, part);
            return new GradientNorm(cut.part(rank), links, arena).squared(part, 1);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void everyRankHasTheNormOfTheWhole(int count) throws Exception {
    for (ModelConfig model : MODELS) {
      ShardCut cut = new ShardCut(model, count);
      try (Arena arena = Arena.ofShared()) {
        MemorySegment gradient = gradient(cut.whole(), arena);
        double wanted = whole(cut.whole(), gradient, arena);
        assertThat(ofRanks(cut, gradient)).containsOnly(wanted).hasSize(count);
      }
    }
  }

  @Test
  void itIsTheSumOfTheSquares() {
    for (ModelConfig model : MODELS) {
      ParameterLayout layout = ParameterLayout.of(model);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment gradient = gradient(layout, arena);
        double wanted = 0;
        for (float x : gradient.toArray(ValueLayout.JAVA_FLOAT)) {
          wanted += (double) x * x;
        }
        assertThat(whole(layout, gradient, arena)).isEqualTo(wanted, within(1e-6 * wanted));
      }
    }
  }

  /** The definition, element by element: partials of slices in a tree, tensors in order. */
  @Test
  void aTensorIsFourSlicesInATree() {
    ParameterLayout layout = ParameterLayout.of(MODELS.get(1));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment gradient = arena.allocate(layout.regionBytes(), 64);
      TensorSpec up = layout.tensor("blocks.0.ffn.up");
      float[] slices = {1e9f, 1f, 3e4f, 2f};
      for (int slice = 0; slice < 4; slice++) {
        gradient.setAtIndex(ValueLayout.JAVA_FLOAT, up.offset() + slice, slices[slice]);
      }
      TensorSpec head = layout.tensor("head");
      gradient.setAtIndex(ValueLayout.JAVA_FLOAT, head.offset(), 0.5f);
      double tree = ((double) (1e9f * 1e9f) + 1) + ((double) (3e4f * 3e4f) + 4);
      assertThat(whole(layout, gradient, arena)).isEqualTo(tree + 0.25);
    }
  }

  @Test
  void aNanOfOneRankReachesAll() throws Exception {
    ShardCut cut = new ShardCut(ShardCutTest.ODD, 4);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment gradient = gradient(cut.whole(), arena);
      long last = cut.whole().tensor("head").offset() + cut.whole().tensor("head").size() - 1;
      gradient.setAtIndex(ValueLayout.JAVA_FLOAT, last, Float.NaN);
      assertThat(ofRanks(cut, gradient)).containsOnly(Double.NaN);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void theRanksUpdateTheirPartsToThoseOfTheWhole(int count) throws Exception {
    ShardCut cut = new ShardCut(ShardCutTest.ODD, count);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment state = arena.allocate(cut.whole().stateBytes(), 64);
      new Initialiser(ShardCutTest.ODD, 9).write(cut.whole(), state);
      MemorySegment next = arena.allocate(cut.whole().stateBytes(), 64);
      MemorySegment sum = gradient(cut.whole(), arena);
      new Update(TRAIN, cut.whole(), Links.NONE, arena).apply(state, next, sum, 1, false, null);
      List<BlockDigests> updated =
          Pod.run(count, (rank, links) -> updated(cut, rank, links, state, sum));
      for (int rank = 0; rank < count; rank++) {
        MemorySegment wanted = arena.allocate(cut.part(rank).stateBytes(), 64);
        cut.cutState(next, rank, wanted);
        assertThat(updated.get(rank)).isEqualTo(BlockDigests.read(wanted));
      }
    }
  }

  private static BlockDigests updated(
      ShardCut cut, int rank, Links links, MemorySegment state, MemorySegment sum) {
    ParameterLayout layout = cut.part(rank);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment previous = arena.allocate(layout.stateBytes(), 64);
      cut.cutState(state, rank, previous);
      MemorySegment gradient = arena.allocate(layout.regionBytes(), 64);
      cut.cutGradient(sum, rank, gradient);
      MemorySegment next = arena.allocate(layout.stateBytes(), 64).fill((byte) 0x5A);
      BlockDigests digests =
          new Update(TRAIN, layout, links, arena).apply(previous, next, gradient, 1, true, null);
      assertThat(digests).isEqualTo(BlockDigests.read(next));
      return BlockDigests.read(next);
    }
  }
}
