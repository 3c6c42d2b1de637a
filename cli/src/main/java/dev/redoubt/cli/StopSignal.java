package dev.redoubt.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C and SIGTERM into an interrupt of the running command, and holds the JVM back until
 * the reports are written, for 15 seconds at most. The JVM itself then ends with 130 or 143.
 */
final class StopSignal implements AutoCloseable {
  private static final long HOLD_SECONDS_MAX = 15;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;

  private StopSignal(Thread running) {
    hook = new Thread(() -> stop(running), "stop-signal");
  }

  static StopSignal install() {
    StopSignal signal = new StopSignal(Thread.currentThread());
    Runtime.getRuntime().addShutdownHook(signal.hook);
    return signal;
  }

  private void stop(Thread running) {
    running.interrupt();
    try {
      if (!done.await(HOLD_SECONDS_MAX, TimeUnit.SECONDS)) {
        System.err.println("error: the run did not stop in " + HOLD_SECONDS_MAX + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The reports are written. */
  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is already going down: the hook is running and has just been released.
      Thread.interrupted();
    }
  }
}
