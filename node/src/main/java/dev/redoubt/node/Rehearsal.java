package dev.redoubt.node;

import dev.redoubt.core.Span;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.program.AbandonedException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Steps that nobody needs, computed by a worker that has never had a rank. In a fresh process code
 * is cold and memory untouched, and the first step takes ten times as long as any later one: what a
 * spare does while it waits need not be waited for when it takes a rank over.
 *
 * <p>It is always the first step from the seed, in the slots and buffers that are there anyway, and
 * nothing of it is kept. It ends when steps get no faster, and within a microbatch when an order
 * comes. The screen is left out: it learns from what it sees.
 *
 * @param microbatches of a step
 */
record Rehearsal(
    Workbench bench, Era era, Outbox outbox, FaultHooks faults, int microbatches, boolean digests) {

  /** Before the first order. */
  static final long EPOCH = 0;

  private static final long NANOS_MAX = TimeUnit.SECONDS.toNanos(20);

  /** So many steps in a row that are not the fastest so far are enough. */
  private static final int SLOWER_MAX = 3;

  /** On the compute thread, if nothing else has been done there. */
  void run() {
    try {
      BlockDigests made = bench.trainer().initialise(bench.store().begin(0));
      bench.store().seal(0, digests ? made : null);
      untilFast(this::step, SLOWER_MAX, NANOS_MAX);
    } catch (AbandonedException e) {
      // An order has come.
    } finally {
      bench.store().discardAfter(-1);
    }
  }

  /**
   * Does something again and again, until it gets no faster.
   *
   * @param slowerMax so many times in a row without being the fastest so far are enough
   */
  static void untilFast(Runnable doing, int slowerMax, long nanosMax) {
    long start = System.nanoTime();
    long fastest = Long.MAX_VALUE;
    int slower = 0;
    while (slower < slowerMax && System.nanoTime() - start < nanosMax) {
      long before = System.nanoTime();
      doing.run();
      long taken = System.nanoTime() - before;
      slower = taken < fastest ? 0 : slower + 1;
      fastest = Math.min(fastest, taken);
    }
  }

  private void step() {
    MemorySegment base = bench.store().find(0).orElseThrow().bytes();
    SpanSum.Order order = new SpanSum.Order(EPOCH, 1, base, null, List.of());
    Partial sum =
        new SpanSum(bench, era, outbox, faults, false, order, Span.root(microbatches), () -> false)
            .compute()
            .sum();
    try {
      @Nullable BlockDigests ignored =
          bench.trainer().update(base, bench.store().begin(1), sum.gradient(), 1, digests);
    } finally {
      bench.store().abandon(1);
      bench.buffers().give(sum.gradient());
    }
  }
}
