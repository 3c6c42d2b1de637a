package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far the training is, and what was agreed on the way.
 *
 * @param newest the newest step that everybody attested
 * @param verified the verified watermark: the newest version whose copies were compared and agree,
 *     and up to which all audits are over (with digests off: the newest that everybody attested);
 *     -1 before the first version
 * @param agreed the digests of the last versions whose copies agree, by shard
 * @param provisional steps after the watermark, in order: attested, not yet compared or audited
 */
record History(
    long newest, long verified, Map<Long, Map<Integer, Digest>> agreed, List<Done> provisional) {

  static final History NONE = new History(-1, -1, Map.of(), List.of());

  /** A step that everybody attested. */
  record Done(long step, double loss, Assignment assignment) {}

  History {
    agreed = Sorted.map(agreed);
    provisional = List.copyOf(provisional);
  }

  @Nullable Digest agreed(long version, int shard) {
    return agreedOn(version).get(shard);
  }

  /** What was agreed of a version, by shard; empty if nothing was. */
  Map<Integer, Digest> agreedOn(long version) {
    return agreed.getOrDefault(version, Map.of());
  }

  /** The version that a run begins with is there and agreed. */
  static History begun(long first, Map<Integer, Digest> digests) {
    return new History(
        first, first, digests.isEmpty() ? Map.of() : Map.of(first, digests), List.of());
  }

  /**
   * One more step is attested.
   *
   * @param digests by shard; empty if the copies were not compared
   */
  History attested(Done done, Map<Integer, Digest> digests) {
    List<Done> more = new ArrayList<>(provisional);
    more.add(done);
    Map<Long, Map<Integer, Digest>> next = new TreeMap<>(agreed);
    if (!digests.isEmpty()) {
      next.put(done.step(), digests);
    }
    return new History(done.step(), verified, next, more);
  }

  /** What is provisional up to {@code step} is verified; {@code keep} versions are remembered. */
  History verified(long step, int keep) {
    Map<Long, Map<Integer, Digest>> next = new TreeMap<>(agreed);
    next.keySet().removeIf(version -> version <= newest - keep);
    List<Done> left = provisional.stream().filter(done -> done.step() > step).toList();
    return new History(newest, step, next, left);
  }

  /** The newest agreed version of {@code shard} below {@code version}; empty if there is none. */
  OptionalLong agreedBefore(long version, int shard) {
    return agreed.keySet().stream()
        .mapToLong(Long::longValue)
        .filter(older -> older < version && agreed(older, shard) != null)
        .max();
  }

  /** What was agreed of {@code version} is forgotten. */
  History without(long version) {
    Map<Long, Map<Integer, Digest>> next = new TreeMap<>(agreed);
    next.remove(version);
    return new History(newest, verified, next, provisional);
  }

  /** Back to {@code version}, of which is known again what was agreed. */
  History recalled(long version, Map<Integer, Digest> digests) {
    Map<Long, Map<Integer, Digest>> next = new TreeMap<>(agreed);
    next.put(version, digests);
    return new History(newest, verified, next, provisional).backTo(version);
  }

  /** Back to {@code version}: what is newer has to be done again. */
  History backTo(long version) {
    Map<Long, Map<Integer, Digest>> next = new TreeMap<>(agreed);
    next.keySet().removeIf(newer -> newer > version);
    return new History(version, version, next, List.of());
  }
}
