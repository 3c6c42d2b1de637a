package dev.redoubt.trainer;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.trainer.data.Samples;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/** The fault-free run in one process: the oracle of every scenario. */
public final class GoldenRun {

  private final SoloRun run;
  private final ShardCut cut;
  private final List<MemorySegment> parts = new ArrayList<>();

  private GoldenRun(SoloRun run, ShardCut cut, Arena arena) {
    this.run = run;
    this.cut = cut;
    for (int rank = 0; rank < cut.count() && cut.count() > 1; rank++) {
      parts.add(arena.allocate(cut.part(rank).stateBytes(), 64));
    }
  }

  /** Trains from version 0 to the last step, with digests of the whole model. */
  public static GoldenResult run(
      ModelConfig model, TrainConfig train, Samples data, int threads, LongConsumer onStep)
      throws InterruptedException {
    return run(model, train, data, threads, 1, onStep);
  }

  /**
   * Trains from version 0 to the last step.
   *
   * <p>It computes with the whole model, whatever {@code ranks} says: that a pod of several ranks
   * gets the same bits is for its tests to show, and for a run to be held against.
   *
   * @param threads that compute gradients; at most one for each microbatch is of use
   * @param ranks of a pod: 1, 2 or 4; in so many shards each version is digested
   * @param onStep called after each step with its number, from 1
   * @throws InterruptedException if the thread is interrupted; nothing is left running
   */
  public static GoldenResult run(
      ModelConfig model,
      TrainConfig train,
      Samples data,
      int threads,
      int ranks,
      LongConsumer onStep)
      throws InterruptedException {
    ShardCut cut = new ShardCut(model, ranks);
    try (SoloRun run = new SoloRun(model, train, data, threads);
        Arena arena = Arena.ofConfined()) {
      return new GoldenRun(run, cut, arena).steps(train.steps(), onStep);
    }
  }

  private GoldenResult steps(int steps, LongConsumer onStep) throws InterruptedException {
    double[] losses = new double[steps];
    List<List<Digest>> versions = new ArrayList<>();
    versions.add(digests());
    for (int step = 1; step <= steps; step++) {
      losses[step - 1] = run.step();
      versions.add(digests());
      onStep.accept(step);
    }
    return new GoldenResult(losses, versions);
  }

  /** The digest of each rank's shard of the last version. */
  private List<Digest> digests() {
    if (parts.isEmpty()) {
      return List.of(run.digests().root());
    }
    List<Digest> digests = new ArrayList<>();
    for (int rank = 0; rank < parts.size(); rank++) {
      cut.cutState(run.state(), rank, parts.get(rank));
      digests.add(BlockDigests.read(parts.get(rank)).root());
    }
    return digests;
  }
}
