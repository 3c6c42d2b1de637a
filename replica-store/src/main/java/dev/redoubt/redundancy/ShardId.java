package dev.redoubt.redundancy;

import java.util.Comparator;

/**
 * A part of the model state that one worker owns.
 *
 * @param rank whose part of the state it is
 * @param slice which slice of that part, where the pods share it out; 0 where every pod has it all
 */
public record ShardId(int rank, int slice) implements Comparable<ShardId> {

  private static final Comparator<ShardId> ORDER =
      Comparator.comparingInt(ShardId::rank).thenComparingInt(ShardId::slice);

  @Override
  public int compareTo(ShardId other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return "shard" + rank + "." + slice;
  }
}
