package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who keeps which version of another's shard, or of a sum, as far as is known: by its own word, and
 * as it is to be read.
 *
 * @param kept by who keeps it, with its digest
 * @param said how many guests of each shard there were when that was said last; -1 if it was not
 */
record Guests(Map<WorkerId, Map<Kept, Digest>> kept, int said) {

  static final Guests NONE = new Guests(Map.of(), -1);

  /**
   * A version of a guest.
   *
   * @param shard of which it is a copy; of a sum, the index of the rank that keeps it
   */
  record Kept(int shard, long version) implements Comparable<Kept> {

    private static final Comparator<Kept> ORDER =
        Comparator.comparingInt(Kept::shard).thenComparingLong(Kept::version);

    @Override
    public int compareTo(Kept other) {
      return ORDER.compare(this, other);
    }
  }

  Guests {
    Map<WorkerId, Map<Kept, Digest>> copy = new TreeMap<>();
    kept.forEach((worker, versions) -> copy.put(worker, Sorted.map(versions)));
    kept = Sorted.map(copy);
  }

  Set<Kept> of(WorkerId worker) {
    return kept.getOrDefault(worker, Map.of()).keySet();
  }

  /** What a guest is to be read as; null if it is not there. */
  @Nullable Digest digest(WorkerId worker, Kept version) {
    return kept.getOrDefault(worker, Map.of()).get(version);
  }

  Guests with(WorkerId worker, Kept version, Digest digest) {
    Map<Kept, Digest> versions = kept.getOrDefault(worker, Map.of());
    return new Guests(Sorted.with(kept, worker, Sorted.with(versions, version, digest)), said);
  }

  Guests without(WorkerId worker, Kept version) {
    Map<Kept, Digest> versions = kept.getOrDefault(worker, Map.of());
    return new Guests(Sorted.with(kept, worker, Sorted.without(versions, version)), said);
  }

  /** What {@code worker} keeps of a version is forgotten. */
  Guests without(WorkerId worker, long version) {
    Map<Kept, Digest> fewer = new TreeMap<>(kept.getOrDefault(worker, Map.of()));
    fewer.keySet().removeIf(one -> one.version() == version);
    return new Guests(Sorted.with(kept, worker, fewer), said);
  }

  /** What {@code seated} keep of versions from {@code oldest} to {@code newest}. */
  Guests only(Set<WorkerId> seated, long oldest, long newest) {
    Map<WorkerId, Map<Kept, Digest>> left = new TreeMap<>();
    kept.forEach(
        (worker, versions) -> {
          Map<Kept, Digest> some = new TreeMap<>(versions);
          some.keySet().removeIf(one -> one.version() < oldest || one.version() > newest);
          if (seated.contains(worker)) {
            left.put(worker, some);
          }
        });
    return new Guests(left, said);
  }

  Guests said(int copies) {
    return new Guests(kept, copies);
  }
}
