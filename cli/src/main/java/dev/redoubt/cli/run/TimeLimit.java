package dev.redoubt.cli.run;

import dev.redoubt.core.Note;
import dev.redoubt.fault.Strike;
import dev.redoubt.node.RunListener;
import dev.redoubt.node.StepMeasure;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a run that is not over in time, by an interrupt of the thread that runs it. The time begins
 * with the first thing that a controller notes: that all have joined.
 */
final class TimeLimit implements RunListener {

  private final @Nullable Integer seconds;
  private final Thread runner = Thread.currentThread();
  private final ScheduledExecutorService alarm =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("time-limit").factory());
  private boolean begun;
  private boolean ended;
  private boolean over;

  /**
   * A limit for what the calling thread does.
   *
   * @param seconds null: for ever
   */
  TimeLimit(@Nullable Integer seconds) {
    this.seconds = seconds;
  }

  @Override
  public synchronized void note(long nanos, Note note) {
    if (seconds != null && !begun && !ended) {
      begun = true;
      Future<?> ignored = alarm.schedule(this::pass, seconds, TimeUnit.SECONDS);
    }
  }

  private synchronized void pass() {
    if (!ended) {
      over = true;
      runner.interrupt();
    }
  }

  /** Whether the time was over before the end. */
  synchronized boolean isOver() {
    return over;
  }

  /** The run has ended; an interrupt that came of the limit is not left behind. */
  synchronized void end() {
    ended = true;
    alarm.shutdownNow();
    if (over) {
      boolean ignored = Thread.interrupted();
    }
  }

  @Override
  public void struck(long nanos, Strike strike) {}

  @Override
  public void refused(long nanos, String worker, String what, String reason) {}

  @Override
  public void measured(long nanos, StepMeasure measure) {}

  @Override
  public void members(int alive) {}
}
