package dev.redoubt.trainer;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.data.Samples;
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

/**
 * Trains the whole model in one process, step by step: what the golden run and a training without a
 * cluster have in common.
 *
 * <p>Threads share out the subtrees of the {@link SumTree}, so their number changes the time and
 * not the bits. A gradient's memory is used again as soon as it is added to its neighbour: there
 * are about as many as threads and levels of the tree. To be used by one thread.
 */
public final class SoloRun implements AutoCloseable {

  private final ModelConfig model;
  private Samples data;
  private final ParameterLayout layout;
  private final Arena arena = Arena.ofShared();
  private final List<Trainer> trainers = new ArrayList<>();
  private final ExecutorService executor =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("solo-", 0).factory());
  private final Queue<MemorySegment> free = new ConcurrentLinkedQueue<>();
  private final double[] losses;
  private TrainConfig train;
  private MemorySegment state;
  private MemorySegment spare;
  private BlockDigests digests;
  private long version;

  /**
   * Takes the memory and writes version 0.
   *
   * @param threads that compute gradients; at most one for each microbatch is of use
   * @throws IllegalArgumentException if the model and the training do not fit together
   */
  public SoloRun(ModelConfig model, TrainConfig train, Samples data, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be positive, not " + threads);
    }
    this.model = model;
    this.data = data;
    this.train = train;
    layout = ParameterLayout.of(model);
    losses = new double[train.microbatches()];
    for (int thread = 0; thread < Math.min(threads, train.microbatches()); thread++) {
      trainers.add(new Trainer(model, train, data));
    }
    state = arena.allocate(layout.stateBytes(), 64);
    spare = arena.allocate(layout.stateBytes(), 64);
    digests = trainers.getFirst().initialise(state);
  }

  /**
   * Makes the next version.
   *
   * @return the mean loss of the step, in nats per token
   * @throws InterruptedException if the thread is interrupted; the version is still the last one
   */
  public double step() throws InterruptedException {
    long step = version + 1;
    MemorySegment sum = new Subtree(step, 0, train.microbatches(), 0, trainers.size()).sum();
    BlockDigests made = trainers.getFirst().update(state, spare, sum, step, true);
    free.add(sum);
    digests = Objects.requireNonNull(made);
    MemorySegment swap = state;
    state = spare;
    spare = swap;
    version = step;
    return SumTree.sum(losses) / train.microbatches();
  }

  /**
   * Goes on with another optimizer or length of the run.
   *
   * @param rest of the same batch: microbatches, batch size, sequence length and seed
   * @throws IllegalArgumentException if it is of another batch
   */
  public void goOnWith(TrainConfig rest) {
    if (rest.microbatches() != train.microbatches()
        || rest.batchSize() != train.batchSize()
        || rest.sequenceLength() != train.sequenceLength()
        || rest.seed() != train.seed()) {
      throw new IllegalArgumentException("a run keeps its batch and its seed");
    }
    train = rest;
    data = data.with(rest);
    for (int thread = 0; thread < trainers.size(); thread++) {
      trainers.set(thread, new Trainer(model, rest, data)).close();
    }
  }

  /** The last version that was made; 0 before the first step. */
  public long version() {
    return version;
  }

  /** The last version's state; its memory is written again by the step after the next. */
  public MemorySegment state() {
    return state;
  }

  /** The digests of the last version's blocks. */
  public BlockDigests digests() {
    return digests;
  }

  /** Where each tensor stands in the state. */
  public ParameterLayout layout() {
    return layout;
  }

  /** The microbatches [from, to), computed by {@code count} of the trainers. */
  private final class Subtree {

    private final long step;
    private final int from;
    private final int to;
    private final int trainer;
    private final int count;

    Subtree(long step, int from, int to, int trainer, int count) {
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
      MemorySegment left = new Subtree(step, from, middle, trainer, 1).sum();
      return add(left, new Subtree(step, middle, to, trainer, 1).sum());
    }

    private MemorySegment sideBySide(int middle) throws InterruptedException {
      int rightCount = count / 2;
      int leftCount = count - rightCount;
      Subtree right = new Subtree(step, middle, to, trainer + leftCount, rightCount);
      Future<MemorySegment> later = executor.submit(right::sum);
      MemorySegment left = new Subtree(step, from, middle, trainer, leftCount).sum();
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
