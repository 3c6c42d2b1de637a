package dev.redoubt.node;

import dev.redoubt.core.Rank;

/**
 * Where the time of one worker's step went, from the order to the new version.
 *
 * @param rank that the worker held
 * @param computeNanos everything but the waits, so also what runs while others' bytes are on their
 *     way
 * @param pieceWaitNanos its compute thread waited for pieces of collectives inside the pod
 * @param frameWaitNanos its compute thread had nothing to do until the other pods' sums were there
 * @param bytesSent to all others: gradients and pieces, without headers
 */
public record StepMeasure(
    String worker,
    Rank rank,
    long epoch,
    long step,
    long computeNanos,
    long pieceWaitNanos,
    long frameWaitNanos,
    long bytesSent) {

  /** All of the step. */
  public long nanos() {
    return computeNanos + waitNanos();
  }

  /** Exposed communication: waits that no computing hid. */
  public long waitNanos() {
    return pieceWaitNanos + frameWaitNanos;
  }
}
