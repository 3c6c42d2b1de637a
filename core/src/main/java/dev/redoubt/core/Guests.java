package dev.redoubt.core;

import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who keeps which version of another's shard, as far as is known: by its own word, and as it was
 * agreed.
 *
 * @param kept by who keeps it
 * @param said how many guests of each shard there were when that was said last; -1 if it was not
 */
record Guests(Map<WorkerId, Set<Kept>> kept, int said) {

  static final Guests NONE = new Guests(Map.of(), -1);

  /** A version of a shard. */
  record Kept(int shard, long version) implements Comparable<Kept> {

    private static final Comparator<Kept> ORDER =
        Comparator.comparingInt(Kept::shard).thenComparingLong(Kept::version);

    @Override
    public int compareTo(Kept other) {
      return ORDER.compare(this, other);
    }
  }

  Guests {
    Map<WorkerId, Set<Kept>> copy = new TreeMap<>();
    kept.forEach((worker, versions) -> copy.put(worker, Sorted.set(versions)));
    kept = Sorted.map(copy);
  }

  Set<Kept> of(WorkerId worker) {
    return kept.getOrDefault(worker, Set.of());
  }

  Guests with(WorkerId worker, Kept version) {
    Set<Kept> more = new TreeSet<>(of(worker));
    more.add(version);
    return new Guests(Sorted.with(kept, worker, more), said);
  }

  Guests without(WorkerId worker, Kept version) {
    Set<Kept> fewer = new TreeSet<>(of(worker));
    fewer.remove(version);
    return new Guests(Sorted.with(kept, worker, fewer), said);
  }

  /** What {@code worker} keeps of a version is forgotten. */
  Guests without(WorkerId worker, long version) {
    Set<Kept> fewer = new TreeSet<>(of(worker));
    fewer.removeIf(one -> one.version() == version);
    return new Guests(Sorted.with(kept, worker, fewer), said);
  }

  /** What {@code seated} keep of versions from {@code oldest} to {@code newest}. */
  Guests only(Set<WorkerId> seated, long oldest, long newest) {
    Map<WorkerId, Set<Kept>> left = new TreeMap<>();
    kept.forEach(
        (worker, versions) -> {
          Set<Kept> some = new TreeSet<>(versions);
          some.removeIf(one -> one.version() < oldest || one.version() > newest);
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
