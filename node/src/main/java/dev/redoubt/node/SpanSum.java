package dev.redoubt.node;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.Span;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.Bucket;
import dev.redoubt.trainer.program.BucketListener;
import dev.redoubt.trainer.program.ProductAlarm;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The sum of the gradients over one node of the microbatch tree.
 *
 * <p>All microbatches but the last are summed as the tree says. On the way to the last one their
 * sums are left over, one for each left child. While its backward pass runs, each bucket of its
 * gradient that becomes final is added to those, from the innermost out: the same additions of the
 * same numbers as if the whole were added afterwards, so the same bits. The bucket is then
 * digested, and may leave while the rest is computed.
 *
 * <p>The last bucket waits for the loss, which goes with it.
 */
final class SpanSum {

  /**
   * What is computed.
   *
   * @param base the version that it is computed on
   * @param assignment null for a replay, which nothing strikes
   * @param early to whom buckets leave while the rest is computed
   */
  record Order(
      long epoch,
      long step,
      MemorySegment base,
      @Nullable Assignment assignment,
      List<WorkerId> early) {}

  /**
   * What came out.
   *
   * @param alarm what the screens say of it; null if nothing
   * @param wrongProducts which matrix products in it are wrong; null if none is known to be
   */
  record Result(
      Partial sum, Digest digest, @Nullable String alarm, @Nullable String wrongProducts) {}

  /** Four blocks of the digest and of the screen's norm. */
  private static final long RUN_BYTES = 4L * BlockDigest.BLOCK_BYTES;

  private final Workbench bench;
  private final Era era;
  private final Outbox outbox;
  private final FaultHooks faults;
  private final boolean screens;
  private final Order order;
  private final Span span;
  private final BooleanSupplier relieved;

  /** Sums over left children on the way to the last microbatch, the outermost first. */
  private final Deque<Partial> leftOver = new ArrayDeque<>();

  private final List<MemorySegment> taken = new ArrayList<>();

  /** Of a microbatch of it, computed before; taken by the one that comes to it. */
  private @Nullable Early early;

  private final List<String> alarms = new ArrayList<>();
  private final long[] digests;
  private final long[] lanes = BlockDigest.room();

  /** Of the gradient under way, bucket by bucket. */
  private double squaredNorm;

  /**
   * Nothing is computed yet.
   *
   * @param relieved whether the sum is no longer needed; asked before each instruction
   */
  SpanSum(
      Workbench bench,
      Era era,
      Outbox outbox,
      FaultHooks faults,
      boolean screens,
      Order order,
      Span span,
      BooleanSupplier relieved) {
    this.bench = bench;
    this.era = era;
    this.outbox = outbox;
    this.faults = faults;
    this.screens = screens;
    this.order = order;
    this.span = span;
    this.relieved = relieved;
    this.digests = new long[BlockDigests.count(bench.layout().regionBytes())];
  }

  /** What of it there is already: its buffer is this sum's from now on. */
  SpanSum with(@Nullable Early known) {
    early = known;
    if (known != null) {
      taken.add(known.gradient());
    }
    return this;
  }

  /**
   * Computes the gradient of a microbatch, and shows it to nobody. The buffer is the caller's.
   *
   * @throws dev.redoubt.trainer.program.AbandonedException if the epoch ends before
   * @throws RelievedException if it is no longer needed
   */
  Early ahead(int microbatch) {
    long start = System.nanoTime();
    bench.wrongProducts().clear();
    MemorySegment gradient = take();
    boolean made = false;
    try {
      double loss = alone(microbatch, gradient);
      made = true;
      return new Early(
          order.epoch(),
          order.step(),
          microbatch,
          gradient,
          loss,
          squaredNorm,
          bench.wrongProducts(),
          System.nanoTime() - start);
    } finally {
      if (!made) {
        bench.buffers().give(gradient);
      }
    }
  }

  /**
   * Computes it. The buffer of the result is the caller's; all others are given back.
   *
   * @throws dev.redoubt.trainer.program.AbandonedException if the epoch ends before
   * @throws RelievedException if it is no longer needed
   */
  Result compute() {
    @Nullable Partial sum = null;
    bench.wrongProducts().clear();
    try {
      Span node = span;
      while (!node.isLeaf()) {
        leftOver.addLast(whole(node.left()));
        node = node.right();
      }
      sum = last(node.from());
      String alarm = alarms.isEmpty() ? null : String.join("; ", alarms);
      return new Result(
          sum, BlockDigests.of(digests).root(), alarm, ProductAlarm.summary(bench.wrongProducts()));
    } finally {
      giveBack(sum);
    }
  }

  private Partial whole(Span node) {
    if (node.isLeaf()) {
      return leaf(node.from());
    }
    Partial left = whole(node.left());
    Partial right = whole(node.right());
    Trainer.add(left.gradient(), right.gradient());
    taken.remove(right.gradient());
    bench.buffers().give(right.gradient());
    return new Partial(left.gradient(), left.loss() + right.loss());
  }

  private Partial leaf(int microbatch) {
    Early known = early;
    if (known != null && known.microbatch() == microbatch) {
      early = null;
      squaredNorm = known.squaredNorm();
      bench.wrongProducts().addAll(known.wrongProducts());
      screen(microbatch, known.loss());
      return new Partial(known.gradient(), known.loss());
    }
    MemorySegment gradient = take();
    double loss = alone(microbatch, gradient);
    screen(microbatch, loss);
    return new Partial(gradient, loss);
  }

  private double alone(int microbatch, MemorySegment gradient) {
    return gradient(microbatch, gradient, listener(bucket -> made(bucket, microbatch, gradient)));
  }

  private Partial last(int microbatch) {
    MemorySegment gradient = take();
    MemorySegment into = leftOver.isEmpty() ? gradient : leftOver.getFirst().gradient();
    double loss =
        gradient(
            microbatch, gradient, listener(bucket -> finish(bucket, microbatch, gradient, into)));
    screen(microbatch, loss);
    double losses = loss;
    for (Partial left : leftOver.reversed()) {
      losses = left.loss() + losses;
    }
    send(bench.parts().getLast(), into, losses);
    return new Partial(into, losses);
  }

  private BucketListener listener(Consumer<Bucket> ready) {
    return new BucketListener() {
      @Override
      public void ready(Bucket bucket) {
        ready.accept(bucket);
      }

      @Override
      public void goOn() {
        SpanSum.this.goOn();
      }
    };
  }

  private double gradient(int microbatch, MemorySegment gradient, BucketListener listener) {
    goOn();
    squaredNorm = 0;
    faults.computing(order.epoch(), order.assignment());
    long start = System.nanoTime();
    double loss =
        bench.trainer().gradient(order.base(), order.step(), microbatch, gradient, listener);
    int instructions = bench.trainer().program().instructions().size();
    faults.stretch(order.step(), System.nanoTime() - start, instructions, this::goOn);
    return loss;
  }

  private void goOn() {
    era.require(order.epoch());
    if (relieved.getAsBoolean()) {
      throw new RelievedException();
    }
  }

  /**
   * A bucket of a gradient is final, and still in the cache: what is to be seen in it is seen now.
   */
  private void made(Bucket bucket, int microbatch, MemorySegment gradient) {
    strike(bucket, microbatch, gradient);
    squaredNorm += squaredNorm(gradient.asSlice(bucket.offset(), bucket.bytes()));
  }

  private void strike(Bucket bucket, int microbatch, MemorySegment gradient) {
    long end = bucket.offset() + bucket.bytes();
    faults.afterGradient(order.step(), microbatch, gradient, bucket.offset(), end);
  }

  private double squaredNorm(MemorySegment part) {
    return screens ? Trainer.squaredNorm(part) : 0;
  }

  /**
   * A bucket of the last gradient is final: so is the sum's. It is done in runs that stay in the
   * nearest caches from the first pass to the last.
   */
  private void finish(Bucket bucket, int microbatch, MemorySegment gradient, MemorySegment into) {
    strike(bucket, microbatch, gradient);
    long end = bucket.offset() + bucket.bytes();
    double norm = 0;
    for (long at = bucket.offset(); at < end; at += RUN_BYTES) {
      long bytes = Math.min(RUN_BYTES, end - at);
      norm += squaredNorm(gradient.asSlice(at, bytes));
      add(gradient, at, bytes);
      digest(into, at, bytes);
    }
    squaredNorm += norm;
    if (bucket.index() < bench.parts().size() - 1) {
      send(bucket, into, 0);
    }
  }

  private void add(MemorySegment gradient, long at, long bytes) {
    MemorySegment inner = gradient.asSlice(at, bytes);
    for (Partial left : leftOver.reversed()) {
      MemorySegment outer = left.gradient().asSlice(at, bytes);
      Trainer.add(outer, inner);
      inner = outer;
    }
  }

  private void digest(MemorySegment sum, long from, long bytes) {
    for (long at = from; at < from + bytes; at += BlockDigest.BLOCK_BYTES) {
      int block = (int) (at / BlockDigest.BLOCK_BYTES);
      digests[block] = BlockDigest.of(sum, at, BlockDigest.BLOCK_BYTES, lanes);
    }
  }

  private void send(Bucket bucket, MemorySegment sum, double loss) {
    if (!order.early().isEmpty()) {
      faults.beforeReduce(order.step(), order.assignment());
      FrameHeader.Gradient header =
          new FrameHeader.Gradient(
              order.epoch(),
              order.step(),
              span.from(),
              span.to(),
              bench.shard().index(),
              bucket.index(),
              bench.parts().size(),
              bucket.offset(),
              loss);
      outbox.send(header, sum.asSlice(bucket.offset(), bucket.bytes()), order.early());
    }
  }

  private void screen(int microbatch, double loss) {
    if (screens) {
      String alarm = bench.screen().look(microbatch, squaredNorm, loss);
      if (alarm != null) {
        alarms.add(alarm);
      }
    }
  }

  private MemorySegment take() {
    MemorySegment buffer = bench.buffers().take();
    taken.add(buffer);
    return buffer;
  }

  /** All but the sum; if there is none, parts of it may be on their way. */
  private void giveBack(@Nullable Partial sum) {
    if (sum != null) {
      taken.remove(sum.gradient());
      taken.forEach(bench.buffers()::give);
    } else {
      outbox.giveBack(
          bench.buffers(), taken.stream().map(buffer -> new Partial(buffer, 0)).toList());
    }
  }
}
