package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a machine of a {@link World} keeps of the shards of others: versions by shard; sums by the
 * index of its own.
 */
final class GuestMemory {

  private final int versionsMax;
  private final Map<Integer, NavigableMap<Long, Long>> shards = new TreeMap<>();
  private final Map<Long, Message.Sum> sums = new TreeMap<>();

  GuestMemory(int versionsMax) {
    this.versionsMax = versionsMax;
  }

  void put(int shard, long version, long content) {
    NavigableMap<Long, Long> versions = of(shard);
    versions.put(version, content);
    if (versions.size() > versionsMax) {
      versions.pollFirstEntry();
    }
  }

  void putSum(int index, long version, long content, Digest origin) {
    put(index, version, content);
    sums.put(version, new Message.Sum(new Digest(content), origin));
  }

  /** Whether a sum is there as it was made, and of the same. */
  boolean hasSum(int index, long version, Digest origin) {
    Long content = at(index, version);
    Message.Sum sum = sums.get(version);
    return content != null
        && sum != null
        && sum.origin().equals(origin)
        && sum.made().value() == content;
  }

  @Nullable Long at(int shard, long version) {
    return of(shard).get(version);
  }

  NavigableMap<Long, Long> of(int shard) {
    return shards.computeIfAbsent(shard, none -> new TreeMap<>());
  }

  /** As a machine does that is told to go back to {@code base}. */
  void abandon(WorkerEffect.Abandon doing, int shardBefore) {
    if (doing.shard() != shardBefore) {
      shards.clear();
      sums.clear();
    }
    shards.values().forEach(versions -> versions.tailMap(doing.base(), false).clear());
    if (doing.away()) {
      shards.values().forEach(versions -> versions.headMap(doing.base(), false).clear());
    }
  }

  List<Message.Guest> read(long version) {
    List<Message.Guest> read = new ArrayList<>();
    shards.forEach(
        (shard, versions) -> {
          Long content = versions.get(version);
          if (content != null) {
            read.add(guest(shard, version, content));
          }
        });
    return read;
  }

  private Message.Guest guest(int shard, long version, long content) {
    return new Message.Guest(shard, version, new Digest(content), null, sums.get(version));
  }

  /** What is read after a pull: the version itself, or all that there is. */
  List<Message.Guest> read(int shard, long version, boolean all) {
    List<Message.Guest> read = new ArrayList<>();
    of(shard)
        .forEach(
            (one, content) -> {
              if (all || one == version) {
                read.add(guest(shard, one, content));
              }
            });
    return read;
  }
}
