package dev.redoubt.core;

import java.util.Comparator;

/**
 * A place in the mesh: which pod, and which shard of the model within it.
 *
 * @param pod from 0
 * @param index the shard, from 0; every pod holds every shard once
 */
public record Rank(int pod, int index) implements Comparable<Rank> {

  private static final Comparator<Rank> ORDER =
      Comparator.comparingInt(Rank::pod).thenComparingInt(Rank::index);

  /** Whether the two exchange tensors in a step: in one pod, or with the same shard. */
  boolean isNextTo(Rank other) {
    return !equals(other) && (pod == other.pod || index == other.index);
  }

  @Override
  public int compareTo(Rank other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return "pod" + pod + "/rank" + index;
  }
}
