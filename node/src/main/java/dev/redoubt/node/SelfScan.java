package dev.redoubt.node;

import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.CoreInjector;
import dev.redoubt.fault.Injector;
import dev.redoubt.trainer.scan.Finding;
import dev.redoubt.trainer.scan.Kernel;
import dev.redoubt.trainer.scan.Scan;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A worker asks its own machine what is known: every test once before it joins, and one test after
 * the other while it has no rank. Tests run on the compute thread, so that what computes is what is
 * tested; between two of them that thread is free, so an order waits for one test at most.
 *
 * <p>After each test it rests three times as long, so a spare takes a quarter of one processor at
 * most. It goes on only as long as the controller keeps saying that it has no rank: before the run
 * begins, and whenever nobody leads, machines have other things to do.
 */
final class SelfScan {

  /** Times what a test took. */
  static final int REST = 3;

  private static final long REST_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long LEASE_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** Any message may be lost: a finding is said until the machine is off. */
  private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Lane lane;
  private final Era era;
  private final Consumer<WorkerEvent> events;
  private final Scan scan;
  private volatile boolean passed;
  private volatile long until;
  private volatile boolean leased;

  /** Of the compute thread. */
  private int next;

  private boolean going;

  SelfScan(
      WorkerId id,
      Injector injector,
      Outside outside,
      Lane lane,
      Era era,
      Consumer<WorkerEvent> events) {
    this.lane = lane;
    this.era = era;
    this.events = events;
    CoreInjector cores =
        new CoreInjector(
            injector,
            id.name(),
            strike -> {
              outside.desk().record(strike);
              outside.listener().struck(System.nanoTime(), strike);
            });
    this.scan =
        new Scan(
            EnumSet.allOf(Kernel.class),
            (kernel, results, operand, test) ->
                cores.inTest(new TestResults(kernel, results, operand)));
  }

  /** Begins with a whole round. */
  void begin() {
    lane.run(this::round);
  }

  /** Whether the first round is over, and was clean: the worker may join. */
  boolean hasPassed() {
    return passed;
  }

  /** The controller says that this worker has no rank: so it may scan for a while. */
  void lease() {
    until = System.nanoTime() + LEASE_NANOS;
    leased = true;
    lane.run(this::goOn);
  }

  /** An order for who has a rank has come. */
  void seated() {
    leased = false;
  }

  private void goOn() {
    if (passed && !going) {
      going = true;
      test();
    }
  }

  private void round() {
    for (int test = 0; test < scan.tests() && !era.isOver(); test++) {
      Finding finding = scan.run(test);
      if (finding != null) {
        found(test + 1, finding);
        return;
      }
    }
    events.accept(new WorkerEvent.Scanned(scan.tests(), null));
    passed = true;
  }

  private void test() {
    if (!leased || System.nanoTime() - until > 0) {
      going = false;
      return;
    }
    long begun = System.nanoTime();
    Finding finding = scan.run(next);
    next++;
    if (finding != null) {
      found(next, finding);
      return;
    }
    if (next == scan.tests()) {
      events.accept(new WorkerEvent.Scanned(next, null));
      next = 0;
    }
    later(Math.max(REST_NANOS_MIN, REST * (System.nanoTime() - begun)), this::test);
  }

  private void found(int tests, Finding finding) {
    events.accept(new WorkerEvent.Scanned(tests, finding.words()));
    later(AGAIN_NANOS, () -> found(0, finding));
  }

  private void later(long nanos, Runnable doing) {
    if (!era.isOver()) {
      CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS).execute(() -> lane.run(doing));
    }
  }
}
