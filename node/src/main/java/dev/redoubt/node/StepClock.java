package dev.redoubt.node;

import dev.redoubt.core.Rank;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes the time of one worker's steps. All of it is called by the compute thread, except {@link
 * #sent}, which any thread may call.
 */
final class StepClock {

  private final AtomicLong bytes = new AtomicLong();
  private long begunAt;
  private long pieceWait;
  private long frameWait;
  private long idleSince;

  /**
   * The step is ordered.
   *
   * @param aheadNanos that it was worked on before
   */
  void begin(long aheadNanos) {
    begunAt = System.nanoTime() - aheadNanos;
    pieceWait = 0;
    frameWait = 0;
    bytes.set(0);
  }

  void waitedForPiece(long nanos) {
    pieceWait += nanos;
  }

  /** Own gradients are done: what follows is waiting for those of others, up to the update. */
  void idle() {
    idleSince = System.nanoTime();
  }

  void busyAgain() {
    frameWait += System.nanoTime() - idleSince;
  }

  void sent(long more) {
    bytes.addAndGet(more);
  }

  /** The step is done. */
  StepMeasure measure(String worker, Rank rank, long epoch, long step) {
    long all = System.nanoTime() - begunAt;
    return new StepMeasure(
        worker, rank, epoch, step, all - pieceWait - frameWait, pieceWait, frameWait, bytes.get());
  }
}
