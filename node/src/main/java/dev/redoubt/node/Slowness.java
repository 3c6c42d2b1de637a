package dev.redoubt.node;

import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.FaultDesk;
import dev.redoubt.fault.Slow;
import dev.redoubt.fault.Strike;
import java.util.concurrent.locks.LockSupport;

/** A machine that is slow for some steps: each gradient's time is stretched by waiting. */
final class Slowness {

  private final Slow fault;
  private final long since;
  private final WorkerId id;
  private final FaultDesk desk;
  private final RunListener listener;
  private boolean proved;

  Slowness(Slow fault, long since, WorkerId id, FaultDesk desk, RunListener listener) {
    this.fault = fault;
    this.since = since;
    this.id = id;
    this.desk = desk;
    this.listener = listener;
  }

  /**
   * A gradient of {@code step} took {@code nanos}: waits until it has taken the factor of it, part
   * by part as a slow machine would go, so that what ends a slow machine's work ends this too.
   */
  void stretch(long step, long nanos, int parts, Runnable goOn) {
    if (step - since >= fault.steps()) {
      return;
    }
    long start = System.nanoTime();
    long more = (long) (nanos * (fault.factor() - 1));
    try {
      for (int part = 1; part <= parts; part++) {
        sleepUntil(start + (long) ((double) more * part / parts));
        goOn.run();
      }
    } finally {
      prove(step, nanos, start);
    }
  }

  private void sleepUntil(long until) {
    while (System.nanoTime() - until < 0 && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(this, until - System.nanoTime());
    }
  }

  private void prove(long step, long nanos, long start) {
    if (!proved) {
      proved = true;
      String evidence =
          "a gradient that was computed in %.3f ms took %.3f ms"
              .formatted(nanos * 1e-6, (nanos + System.nanoTime() - start) * 1e-6);
      Strike strike = Strike.of(fault, id.name(), step, evidence);
      desk.record(strike);
      listener.struck(start, strike);
    }
  }
}
