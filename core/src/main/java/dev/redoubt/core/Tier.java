package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the controller knows of the disk. The digests stay known as long as the version may be gone
 * back to, which is longer than memory keeps it.
 *
 * @param agreed of the versions that were to be written, by version and shard
 * @param there shards whose file is on disk, by version
 */
record Tier(Map<Long, Map<Integer, Digest>> agreed, Map<Long, Set<Integer>> there) {

  static final Tier EMPTY = new Tier(Map.of(), Map.of());

  /** Whole versions that count beside the first one: with a damaged file there is one more. */
  private static final int KEEP = 2;

  Tier {
    agreed = Sorted.map(agreed);
    there = Sorted.map(there);
  }

  /** The version that the run begins with is always to be had: 0 is made from the seed. */
  static Tier begun(long first, Map<Integer, Digest> digests) {
    return new Tier(Map.of(first, digests), Map.of(first, Sorted.set(digests.keySet())));
  }

  Map<Integer, Digest> agreedOn(long version) {
    return agreed.getOrDefault(version, Map.of());
  }

  private Set<Integer> thereOf(long version) {
    return there.getOrDefault(version, Set.of());
  }

  /** Whether the file of a shard is on disk. */
  boolean holds(long version, int shard) {
    return thereOf(version).contains(shard);
  }

  /** Shards of a version that was to be written whose files are not known to be there. */
  List<Integer> missing(long version) {
    return agreedOn(version).keySet().stream().filter(shard -> !holds(version, shard)).toList();
  }

  private boolean whole(long version) {
    return !agreedOn(version).isEmpty() && missing(version).isEmpty();
  }

  /** The newest version up to {@code version} that is on disk whole; empty if there is none. */
  OptionalLong newest(long version) {
    return agreed.keySet().stream()
        .mapToLong(Long::longValue)
        .filter(one -> one <= version && whole(one))
        .max();
  }

  /** A version is to be written. What is newer was given up, or would have been asked for later. */
  Tier asked(long version, Map<Integer, Digest> digests) {
    if (agreedOn(version).equals(digests)) {
      return this;
    }
    Tier next = upTo(version - 1);
    Map<Long, Map<Integer, Digest>> more = new TreeMap<>(next.agreed);
    more.put(version, Sorted.map(digests));
    return new Tier(more, next.there);
  }

  /** The file of a shard is there. Nothing changes if another one was to be written. */
  Tier written(long version, int shard, Digest digest) {
    if (!digest.equals(agreedOn(version).get(shard)) || holds(version, shard)) {
      return this;
    }
    Map<Long, Set<Integer>> more = new TreeMap<>(there);
    Set<Integer> shards = new TreeSet<>(thereOf(version));
    shards.add(shard);
    more.put(version, Sorted.set(shards));
    return new Tier(agreed, more).trimmed();
  }

  /** Keeps the first version, the newest whole ones, and what is newer than those. */
  private Tier trimmed() {
    List<Long> whole = agreed.keySet().stream().filter(this::whole).toList();
    if (whole.size() <= KEEP + 1) {
      return this;
    }
    long first = whole.getFirst();
    long oldest = whole.get(whole.size() - KEEP);
    return filtered(version -> version == first || version >= oldest);
  }

  /** What is newer than {@code version} is given up. */
  Tier upTo(long version) {
    return filtered(one -> one <= version);
  }

  /** A file could not be used. */
  Tier without(long version, int shard) {
    Map<Long, Set<Integer>> less = new TreeMap<>(there);
    Set<Integer> shards = new TreeSet<>(thereOf(version));
    shards.remove(shard);
    less.put(version, Sorted.set(shards));
    return new Tier(agreed, less);
  }

  private interface Kept {
    boolean test(long version);
  }

  private Tier filtered(Kept kept) {
    Map<Long, Map<Integer, Digest>> digests = new TreeMap<>(agreed);
    digests.keySet().removeIf(version -> !kept.test(version));
    Map<Long, Set<Integer>> files = new TreeMap<>(there);
    files.keySet().removeIf(version -> !kept.test(version));
    return new Tier(digests, files);
  }

  // What travels in a memory.

  List<Memory.OnDisk> files() {
    return agreed.entrySet().stream()
        .flatMap(
            one ->
                one.getValue().entrySet().stream()
                    .map(
                        shard ->
                            new Memory.OnDisk(
                                one.getKey(),
                                shard.getKey(),
                                shard.getValue(),
                                holds(one.getKey(), shard.getKey()))))
        .toList();
  }

  static Tier of(List<Memory.OnDisk> files) {
    Map<Long, Map<Integer, Digest>> digests = new TreeMap<>();
    Map<Long, Set<Integer>> there = new TreeMap<>();
    for (Memory.OnDisk file : files) {
      digests
          .computeIfAbsent(file.version(), version -> new TreeMap<>())
          .put(file.shard(), file.digest());
      if (file.there()) {
        there.computeIfAbsent(file.version(), version -> new TreeSet<>()).add(file.shard());
      }
    }
    return new Tier(digests, there);
  }
}
