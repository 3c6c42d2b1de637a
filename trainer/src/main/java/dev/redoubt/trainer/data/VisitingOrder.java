package dev.redoubt.trainer.data;

import dev.redoubt.trainer.CounterRandom;
import dev.redoubt.trainer.TrainConfig;

/**
 * The order in which a run visits windows that all count alike: a permutation of all of them, drawn
 * anew for each pass, so none comes twice within a pass. It has no state, so that a step that is
 * done again reads the same.
 */
public final class VisitingOrder {

  private static final long PURPOSE = 0x6F72646572L;

  private VisitingOrder() {}

  /**
   * Which window a row of a microbatch holds.
   *
   * @param windows how many there are
   * @param step from 1
   * @param microbatch from 0, below the configured number
   * @param row from 0, below the batch size
   * @return below {@code windows}
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public static long windowOf(TrainConfig train, long windows, long step, int microbatch, int row) {
    if (step < 1) {
      throw new IndexOutOfBoundsException("steps are counted from 1, not " + step);
    }
    check("microbatch", microbatch, train.microbatches());
    check("row", row, train.batchSize());
    long batch = (step - 1) * train.microbatches() + microbatch;
    long position = batch * train.batchSize() + row;
    long key = CounterRandom.bits(train.seed(), PURPOSE, position / windows);
    return new Permutation(key, windows).apply(position % windows);
  }

  private static void check(String what, int value, int limit) {
    if (value < 0 || value >= limit) {
      throw new IndexOutOfBoundsException(what + " " + value + " of " + limit);
    }
  }
}
