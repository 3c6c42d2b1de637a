package dev.redoubt.trainer;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.trainer.data.Dataset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/**
 * The fault-free run in one process: the oracle of every scenario.
 *
 * <p>Threads share out the subtrees of the {@link SumTree}, so their number changes the time and
 * not the bits. A gradient's memory is used again as soon as it is added to its neighbour: there
 * are about as many as threads and levels of the tree.
 */
public final class GoldenRun implements AutoCloseable {

  private final TrainConfig train;
  private final Arena arena = Arena.ofShared();
  private final List<Trainer> trainers = new ArrayList<>();
  private final ExecutorService executor =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("golden-", 0).factory());
  private final Queue<MemorySegment> free = new ConcurrentLinkedQueue<>();
  private final ParameterLayout layout;
  private final double[] losses;
  private final ShardCut cut;
  private final List<MemorySegment> parts = new ArrayList<>();

  private GoldenRun(ModelConfig model, TrainConfig train, Dataset data, int threads, int ranks) {
    this.train = train;
    this.cut = new ShardCut(model, ranks);
    this.layout = cut.whole();
    for (int rank = 0; rank < ranks && ranks > 1; rank++) {
      parts.add(arena.allocate(cut.part(rank).stateBytes(), 64));
    }
    this.losses = new double[train.microbatches()];
    for (int thread = 0; thread < threads; thread++) {
      trainers.add(new Trainer(model, train, data));
    }
  }

  /** Trains from version 0 to the last step, with digests of the whole model. */
  public static GoldenResult run(
      ModelConfig model, TrainConfig train, Dataset data, int threads, LongConsumer onStep)
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
      Dataset data,
      int threads,
      int ranks,
      LongConsumer onStep)
      throws InterruptedException {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be positive, not " + threads);
    }
    try (GoldenRun run =
        new GoldenRun(model, train, data, Math.min(threads, train.microbatches()), ranks)) {
      return run.steps(onStep);
    }
  }

  private GoldenResult steps(LongConsumer onStep) throws InterruptedException {
    MemorySegment previous = arena.allocate(layout.stateBytes(), 64);
    MemorySegment next = arena.allocate(layout.stateBytes(), 64);
    double[] stepLosses = new double[train.steps()];
    List<List<Digest>> versions = new ArrayList<>();
    versions.add(digests(previous, trainers.getFirst().initialise(previous)));
    for (int step = 1; step <= train.steps(); step++) {
      versions.add(digests(next, step(previous, next, step)));
      stepLosses[step - 1] = SumTree.sum(losses) / train.microbatches();
      MemorySegment swap = previous;
      previous = next;
      next = swap;
      onStep.accept(step);
    }
    return new GoldenResult(stepLosses, versions);
  }

  /** The digest of each rank's shard; {@code whole} is that of the state, taken already. */
  private List<Digest> digests(MemorySegment state, BlockDigests whole) {
    if (parts.isEmpty()) {
      return List.of(whole.root());
    }
    List<Digest> digests = new ArrayList<>();
    for (int rank = 0; rank < parts.size(); rank++) {
      cut.cutState(state, rank, parts.get(rank));
      digests.add(BlockDigests.read(parts.get(rank)).root());
    }
    return digests;
  }

  private BlockDigests step(MemorySegment previous, MemorySegment next, long step)
      throws InterruptedException {
    MemorySegment sum =
        new Subtree(previous, step, 0, train.microbatches(), 0, trainers.size()).sum();
    BlockDigests digests = trainers.getFirst().update(previous, next, sum, step, true);
    free.add(sum);
    return Objects.requireNonNull(digests);
  }

  /** The microbatches [from, to), computed by {@code count} of the trainers. */
  private final class Subtree {

    private final MemorySegment state;
    private final long step;
    private final int from;
    private final int to;
    private final int trainer;
    private final int count;

    Subtree(MemorySegment state, long step, int from, int to, int trainer, int count) {
      this.state = state;
      this.step = step;
      this.from = from;
      this.to = to;
      this.trainer = trainer;
      this.count = count;
    }

    MemorySegment sum() throws InterruptedException {
      if (to - from == 1) {
        return leaf();
      }
      int middle = SumTree.split(from, to);
      return count == 1 ? inTurn(middle) : sideBySide(middle);
    }

    private MemorySegment leaf() throws InterruptedException {
      if (Thread.interrupted()) {
        throw new InterruptedException("interrupted in step " + step);
      }
      MemorySegment gradient = buffer();
      losses[from] = trainers.get(trainer).gradient(state, step, from, gradient);
      return gradient;
    }

    private MemorySegment inTurn(int middle) throws InterruptedException {
      MemorySegment left = new Subtree(state, step, from, middle, trainer, 1).sum();
      return add(left, new Subtree(state, step, middle, to, trainer, 1).sum());
    }

    private MemorySegment sideBySide(int middle) throws InterruptedException {
      int rightCount = count / 2;
      int leftCount = count - rightCount;
      Subtree right = new Subtree(state, step, middle, to, trainer + leftCount, rightCount);
      Future<MemorySegment> later = executor.submit(right::sum);
      MemorySegment left = new Subtree(state, step, from, middle, trainer, leftCount).sum();
      return add(left, await(later));
    }
  }

  private MemorySegment add(MemorySegment left, MemorySegment right) {
    Trainer.add(left, right);
    free.add(right);
    return left;
  }

  private MemorySegment buffer() {
    MemorySegment buffer = free.poll();
    return buffer == null ? arena.allocate(layout.regionBytes(), 64) : buffer;
  }

  private static MemorySegment await(Future<MemorySegment> later) throws InterruptedException {
    try {
      return later.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a gradient could not be computed", e.getCause());
    }
  }

  /** Stops the threads before it frees what they write to. */
  @Override
  public void close() {
    executor.shutdownNow();
    executor.close();
    trainers.forEach(Trainer::close);
    arena.close();
  }
}
