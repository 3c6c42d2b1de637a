package dev.redoubt.core;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Which ranks of a pod keep the shards of others of their pod too, as guests in their memory.
 *
 * <p>Inside the pod, whatever the number of pods: a rank of another pod that would be a buddy holds
 * the same shard anyway, or loses nothing by being further away, since the other pods have every
 * shard once more.
 *
 * @param wards by index of the rank: the shards whose guests it has; empty if there are no guests
 */
public record Buddies(List<List<Integer>> wards) {

  /** Nobody keeps more than its own shard. */
  public static final Buddies NONE = new Buddies(List.of());

  public Buddies {
    wards = wards.stream().map(List::copyOf).toList();
    Set<Long> copies = new TreeSet<>();
    for (int index = 0; index < wards.size(); index++) {
      int shard = index;
      copies.add(wards.stream().flatMap(Collection::stream).filter(one -> one == shard).count());
      if (wards.get(index).contains(index)) {
        throw new IllegalArgumentException("rank " + index + " is no buddy of its own: " + wards);
      }
    }
    if (copies.size() > 1 || copies.contains(0L)) {
      throw new IllegalArgumentException("each shard has as many guests: " + wards);
    }
  }

  /** Whether there are guests. */
  public boolean on() {
    return !wards.isEmpty();
  }

  /** How many guests there are of each shard. */
  public int copies() {
    return on() ? hostsOf(0).size() : 0;
  }

  /** The shards whose guests the rank {@code index} has. */
  public List<Integer> wardsOf(int index) {
    return on() ? wards.get(index) : List.of();
  }

  /** The ranks that have guests of a shard. */
  List<Integer> hostsOf(int shard) {
    return IntStream.range(0, wards.size())
        .filter(index -> wards.get(index).contains(shard))
        .boxed()
        .toList();
  }
}
