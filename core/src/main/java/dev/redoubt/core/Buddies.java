package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What the ranks of a pod keep of each other's shards, as guests in their memory: whole shards, or
 * the sum of the stripes that all others cut for a rank.
 *
 * <p>Inside the pod, whatever the number of pods: a rank of another pod that would be a buddy holds
 * the same shard anyway, or loses nothing by being further away, since the other pods have every
 * shard once more.
 *
 * @param wards by index of the rank: the shards that it has something of; empty if there are no
 *     guests
 * @param sums whether that is one sum of a stripe of each, and not each shard whole
 */
public record Buddies(List<List<Integer>> wards, boolean sums) {

  /** Nobody keeps more than its own shard. */
  public static final Buddies NONE = new Buddies(List.of());

  /** The name under which a shard is fetched that is computed from what all others of it have. */
  public static final WorkerId SUMS = new WorkerId("(sums)");

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
    if (sums && (wards.isEmpty() || wards.getFirst().size() != wards.size() - 1)) {
      throw new IllegalArgumentException("a sum is of all others: " + wards);
    }
  }

  /** Whole shards. */
  public Buddies(List<List<Integer>> wards) {
    this(wards, false);
  }

  /** Each of {@code ranks} keeps a sum of stripes of all others. */
  public static Buddies sums(int ranks) {
    return new Buddies(
        IntStream.range(0, ranks)
            .mapToObj(
                index -> IntStream.range(0, ranks).filter(other -> other != index).boxed().toList())
            .toList(),
        true);
  }

  /** Whether there are guests. */
  public boolean on() {
    return !wards.isEmpty();
  }

  /** How many losses of ranks of one pod the guests make up for. */
  public int copies() {
    return sums ? 1 : on() ? hostsOf(0).size() : 0;
  }

  /** The shards that the rank {@code index} has something of. */
  public List<Integer> wardsOf(int index) {
    return on() ? wards.get(index) : List.of();
  }

  /** Under which shards the rank {@code index} keeps its guests: a sum goes by its own index. */
  public List<Integer> keptBy(int index) {
    return sums ? List.of(index) : wardsOf(index);
  }

  /** The ranks that have guests of a shard, or a stripe of it in their sum. */
  List<Integer> hostsOf(int shard) {
    return IntStream.range(0, wards.size())
        .filter(index -> wards.get(index).contains(shard))
        .boxed()
        .toList();
  }

  /** What a sum was made of, in one digest: of the agreed ones of all others, in their order. */
  static Digest origin(List<Digest> agreed) {
    return Digest.combine(agreed);
  }
}
