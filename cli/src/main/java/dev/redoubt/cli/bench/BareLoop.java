package dev.redoubt.cli.bench;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.SumTree;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.data.Samples;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Data-parallel training as it is without any of Redoubt: a thread for each of two copies of the
 * model, half of the microbatches each, one look at the other's sum in shared memory, and the
 * optimizer. No digests, no versions, no frames, no controller; the same bits.
 */
final class BareLoop implements AutoCloseable {

  static final int COPIES = 2;

  private static final long PIECE_BYTES = 1 << 18;

  private final TrainConfig train;
  private final Arena arena = Arena.ofShared();
  private final ExecutorService threads =
      Executors.newFixedThreadPool(COPIES, Thread.ofPlatform().daemon().name("bare-", 0).factory());
  private final CyclicBarrier summed = new CyclicBarrier(COPIES);
  private final List<Copy> copies = new ArrayList<>();
  private long version;

  BareLoop(ModelConfig model, TrainConfig train, Samples data) {
    if (train.microbatches() % COPIES != 0) {
      throw new IllegalArgumentException("an odd number of microbatches");
    }
    this.train = train;
    for (int copy = 0; copy < COPIES; copy++) {
      copies.add(new Copy(copy, new Trainer(model, train, data)));
    }
  }

  /** The next step, on threads of its own, to its end. */
  void step() {
    version++;
    List<Future<?>> running = new ArrayList<>();
    copies.forEach(copy -> running.add(threads.submit(() -> copy.step(version))));
    try {
      for (Future<?> each : running) {
        each.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted in step " + version, e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("step " + version + " failed", e.getCause());
    }
  }

  /** Of the last version of the first copy. */
  Digest digest() {
    return BlockDigests.read(copies.getFirst().state(version)).root();
  }

  @Override
  public void close() {
    threads.shutdownNow();
    threads.close();
    copies.forEach(copy -> copy.trainer.close());
    arena.close();
  }

  private final class Copy {

    private final int from;
    private final int to;
    private final Trainer trainer;
    private final List<MemorySegment> states;
    private final List<MemorySegment> gradients = new ArrayList<>();
    private final MemorySegment total;

    Copy(int index, Trainer trainer) {
      int share = train.microbatches() / COPIES;
      from = index * share;
      to = from + share;
      this.trainer = trainer;
      ParameterLayout layout = trainer.layout();
      long bytes = layout.stateBytes();
      states = List.of(arena.allocate(bytes, 64), arena.allocate(bytes, 64));
      for (int i = 0; i < share; i++) {
        gradients.add(arena.allocate(layout.regionBytes(), 64));
      }
      total = arena.allocate(layout.regionBytes(), 64);
      BlockDigests ignored = trainer.initialise(states.getFirst());
    }

    MemorySegment state(long of) {
      return states.get((int) (of % 2));
    }

    void step(long step) {
      MemorySegment before = state(step - 1);
      for (int i = from; i < to; i++) {
        double ignored = trainer.gradient(before, step, i, gradients.get(i - from));
      }
      sum(from, to);
      await();
      total(copies.getFirst().gradients.getFirst(), copies.getLast().gradients.getFirst());
      BlockDigests ignored = trainer.update(before, state(step), total, step, false);
      await();
    }

    /** Piece by piece, so that what was just copied is in the cache still. */
    private void total(MemorySegment left, MemorySegment right) {
      for (long at = 0; at < total.byteSize(); at += PIECE_BYTES) {
        long bytes = Math.min(PIECE_BYTES, total.byteSize() - at);
        MemorySegment piece = total.asSlice(at, bytes);
        piece.copyFrom(left.asSlice(at, bytes));
        Trainer.add(piece, right.asSlice(at, bytes));
      }
    }

    /** In the order of the tree, into the first gradient. */
    private void sum(int left, int right) {
      if (right - left > 1) {
        int middle = SumTree.split(left, right);
        sum(left, middle);
        sum(middle, right);
        Trainer.add(gradients.get(left - from), gradients.get(middle - from));
      }
    }
  }

  private void await() {
    try {
      summed.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException("the other copy stopped", e);
    }
  }
}
