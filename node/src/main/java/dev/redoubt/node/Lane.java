package dev.redoubt.node;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/** A thread of a machine that does one thing after the other, until the machine is off. */
final class Lane implements AutoCloseable {

  private final Era era;
  private final Gate gate;
  private final Consumer<Throwable> defects;
  private final ExecutorService executor;

  /**
   * Starts when there is something to do.
   *
   * @param defects told of what nobody expected
   */
  Lane(String name, Era era, Gate gate, Consumer<Throwable> defects) {
    this.era = era;
    this.gate = gate;
    this.defects = defects;
    this.executor =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory());
  }

  void run(Runnable doing) {
    try {
      executor.execute(() -> guarded(doing));
    } catch (RejectedExecutionException e) {
      if (!era.isOver()) {
        throw e;
      }
    }
  }

  private void guarded(Runnable doing) {
    try {
      gate.pass();
      if (!era.isOver()) {
        doing.run();
      }
    } catch (RuntimeException | Error defect) {
      if (!era.isOver()) {
        defects.accept(defect);
      }
    }
  }

  /** Interrupts what is under way; the rest is dropped. */
  void stop() {
    executor.shutdownNow();
  }

  /** Stops, and waits for the end, whatever interrupts the waiting. */
  @Override
  public void close() {
    executor.shutdownNow();
    executor.close();
  }
}
