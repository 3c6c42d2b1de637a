package dev.redoubt.simulator;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Does numbered jobs on several threads, and hands over the results in the order of the numbers:
 * what comes out does not depend on the number of threads or on who was faster. Nobody runs further
 * ahead of the last result that was handed over than {@value #AHEAD_MAX} jobs for each thread.
 *
 * @param <R> a result
 */
public final class InOrder<R> {

  /** One thread's tools; made, used and closed by that thread. */
  public interface Bench<R> extends AutoCloseable {

    /**
     * Does a job.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    R run(long index) throws InterruptedException;

    @Override
    void close();
  }

  /** Takes a result; called by the thread that runs all. */
  public interface Sink<R, E extends Exception> {

    /** Takes the next result. */
    void take(long index, R result) throws E;
  }

  private static final int AHEAD_MAX = 16;

  /** A result, or why there is none. */
  private record Done<R>(long index, @Nullable R result, @Nullable Throwable failure) {}

  private final Supplier<Bench<R>> benches;
  private final int threads;

  /**
   * Nothing runs yet.
   *
   * @param threads at least 1
   */
  public InOrder(int threads, Supplier<Bench<R>> benches) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be positive, not " + threads);
    }
    this.threads = threads;
    this.benches = benches;
  }

  /**
   * Does the jobs {@code from} to {@code to - 1}.
   *
   * @throws InterruptedException if the thread is interrupted; what was handed over is whole and
   *     without a gap, and no thread is left
   * @throws E of the sink
   * @throws IllegalStateException if a job failed
   */
  public <E extends Exception> void run(long from, long to, Sink<R, E> sink)
      throws InterruptedException, E {
    if (from >= to) {
      return;
    }
    Shift shift = new Shift(from, to);
    try {
      shift.start();
      Map<Long, R> early = new HashMap<>();
      for (long next = from; next < to; next++) {
        while (!early.containsKey(next)) {
          Done<R> done = shift.results.take();
          if (done.result() == null) {
            throw new IllegalStateException("job " + done.index() + " failed", done.failure());
          }
          early.put(done.index(), done.result());
        }
        sink.take(next, early.remove(next));
        shift.ahead.release();
      }
    } finally {
      shift.end();
    }
  }

  /** The threads of one run. */
  private final class Shift {
    private final long to;
    private final AtomicLong next;
    private final AtomicBoolean over = new AtomicBoolean();
    private final Semaphore ahead = new Semaphore(threads * AHEAD_MAX);
    private final BlockingQueue<Done<R>> results =
        new ArrayBlockingQueue<>(threads * AHEAD_MAX + threads);
    private final Thread[] all = new Thread[threads];

    Shift(long from, long to) {
      this.to = to;
      this.next = new AtomicLong(from);
    }

    void start() {
      for (int i = 0; i < threads; i++) {
        all[i] = Thread.ofPlatform().daemon().name("campaign-" + i).start(this::work);
      }
    }

    private void work() {
      long index = -1;
      try (Bench<R> bench = benches.get()) {
        while (!over.get()) {
          ahead.acquire();
          index = next.getAndIncrement();
          if (index >= to) {
            return;
          }
          results.put(new Done<>(index, bench.run(index), null));
        }
      } catch (InterruptedException e) {
        // The end of the shift, which nobody waits for a result of.
      } catch (Throwable e) {
        boolean ignored = results.offer(new Done<>(index, null, e));
      }
    }

    /** Waits for the threads even if this one is interrupted meanwhile: they use shared memory. */
    void end() {
      over.set(true);
      boolean interrupted = false;
      for (Thread thread : all) {
        if (thread != null) {
          thread.interrupt();
          while (thread.isAlive()) {
            try {
              thread.join();
            } catch (InterruptedException e) {
              interrupted = true;
            }
          }
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
