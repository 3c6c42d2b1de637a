package dev.redoubt.node;

import dev.redoubt.trainer.program.AbandonedException;

/**
 * Which epoch a machine is in, and whether it still runs: what its threads ask before they go on.
 */
final class Era {

  private volatile long epoch;
  private volatile boolean over;

  /** A new epoch: what belongs to an older one is given up. */
  void begin(long next) {
    epoch = next;
  }

  /** Power off. */
  void end() {
    over = true;
  }

  boolean isOver() {
    return over;
  }

  /** Whether {@code of} is the present epoch of a machine that runs. */
  boolean isNow(long of) {
    return of == epoch && !over;
  }

  /**
   * Goes on only in the present epoch.
   *
   * @throws AbandonedException if {@code of} is over
   */
  void require(long of) {
    if (over) {
      throw new AbandonedException("the machine is off");
    }
    if (of != epoch) {
      throw new AbandonedException("epoch " + of + " is over, this is epoch " + epoch);
    }
  }
}
