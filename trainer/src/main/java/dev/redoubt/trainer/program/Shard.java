package dev.redoubt.trainer.program;

import java.util.ArrayList;
import java.util.List;

/**
 * A rank's part of the model: every pod holds each once.
 *
 * @param index of the rank in its pod, from 0
 * @param count ranks in a pod: 1, 2 or 4, so that each has whole slices of every contraction
 */
public record Shard(int index, int count) {

  /** The whole model. */
  public static final Shard WHOLE = new Shard(0, 1);

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  public Shard {
    if (count != 1 && count != 2 && count != 4) {
      throw new IllegalArgumentException("a pod has 1, 2 or 4 ranks, not " + count);
    }
    if (index < 0 || index >= count) {
      throw new IllegalArgumentException("rank " + index + " of " + count);
    }
  }

  /**
   * The shards of all ranks of a pod, in their order.
   *
   * @throws IllegalArgumentException if {@code count} is not 1, 2 or 4
   */
  public static List<Shard> all(int count) {
    List<Shard> shards = new ArrayList<>();
    for (int index = 0; index < Math.max(1, count); index++) {
      shards.add(new Shard(index, count));
    }
    return List.copyOf(shards);
  }

  /** Whether it is all of the model. */
  public boolean isWhole() {
    return count == 1;
  }
}
