package dev.redoubt.core;

import dev.redoubt.core.Phase.Standing;
import dev.redoubt.digest.Digest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The disk: verified versions are written there while the training goes on, and read when no worker
 * holds a shard intact, or, where the disk is the baseline, whenever a state is gone.
 *
 * <p>Only what is verified is written, so nothing on disk is ever newer than the watermark was. A
 * file counts when its worker says that it has its name for good, and is used only if it reads as
 * was agreed. Waiting for the disk was rejected: what is not written in time is left out, and the
 * way back is longer.
 */
final class LastResort {

  private LastResort() {}

  // Writing.

  /** Everybody has the version that the run begins with: it can be had again. */
  static void begun(Turn turn) {
    if (turn.config.disk().on()) {
      long first = turn.config.first();
      turn.tier = Tier.begun(first, turn.history.agreedOn(first));
    }
  }

  /** Has the newest version that is due written, and asks again for files that nobody confirmed. */
  static void keep(Turn turn) {
    if (!turn.config.disk().on()) {
      return;
    }
    long version = turn.config.disk().due(turn.history.verified());
    Map<Integer, Digest> agreed = turn.history.agreedOn(version);
    if (version <= turn.config.first() || agreed.isEmpty()) {
      return;
    }
    turn.tier = turn.tier.asked(version, agreed);
    for (int shard : turn.tier.missing(version)) {
      Digest digest = agreed.get(shard);
      if (digest != null) {
        turn.send(writer(turn, shard), new Message.Keep(turn.epoch, version, digest));
      }
    }
  }

  /** Each shard has one writer; the pods share the shards out. */
  private static WorkerId writer(Turn turn, int shard) {
    List<WorkerId> copies =
        turn.roster.seats().entrySet().stream()
            .filter(seat -> seat.getKey().index() == shard)
            .map(Map.Entry::getValue)
            .toList();
    return copies.get(shard % copies.size());
  }

  /** A file is there. That it is said again is no news. */
  static void kept(Turn turn, Message.OnDisk message) {
    long version = message.version();
    if (!message.digest().equals(turn.tier.agreedOn(version).get(message.shard()))) {
      turn.refuse(message, "nobody asked for it");
      return;
    }
    if (turn.tier.holds(version, message.shard())) {
      return;
    }
    Tier next = turn.tier.written(version, message.shard(), message.digest());
    turn.tier = next;
    turn.write(new Note.OnDisk(turn.epoch, message.version(), message.shard(), message.worker()));
  }

  // Reading.

  /** Whether who lacks a version, or holds it corrupt, gets it from another worker's memory. */
  static boolean memoryHeals(Turn turn) {
    return !turn.config.disk().baseline();
  }

  /** The disk as the donor of the base: not while somebody has it or brings it into memory. */
  static Optional<WorkerId> file(
      Turn turn, Phase.Preparing preparing, WorkerId worker, Set<WorkerId> tried) {
    int shard = turn.shardOf(worker);
    Digest agreed = turn.history.agreed(preparing.base(), shard);
    boolean there =
        agreed != null
            && agreed.equals(turn.tier.agreedOn(preparing.base()).get(shard))
            && turn.tier.holds(preparing.base(), shard);
    boolean coming =
        memoryHeals(turn)
            && turn.copiesOf(worker).stream()
                .map(copy -> preparing.standing().get(copy))
                .anyMatch(how -> how instanceof Standing.Fetches || how instanceof Standing.Stands);
    return there && !coming && !tried.contains(Disk.DONOR)
        ? Optional.of(Disk.DONOR)
        : Optional.empty();
  }

  /** A file is not there, cannot be read, or holds something else: it is never used again. */
  static void refused(Turn turn, Message.PullFailed message) {
    if (message.donor().equals(Disk.DONOR)) {
      turn.tier = turn.tier.without(message.version(), turn.shardOf(message.worker()));
    }
  }

  /**
   * What to go back to if nobody holds {@code base} of a shard intact: the newer of what memory has
   * ({@code older}) and what the disk has.
   */
  static OptionalLong nearest(Turn turn, OptionalLong older, long base) {
    OptionalLong memory = memoryHeals(turn) ? older : OptionalLong.empty();
    OptionalLong disk = turn.config.disk().on() ? turn.tier.newest(base - 1) : OptionalLong.empty();
    return disk.isEmpty() || (memory.isPresent() && memory.getAsLong() >= disk.getAsLong())
        ? memory
        : disk;
  }

  /** What was agreed of a version on disk is known again, so that it can be gone back to. */
  static void recall(Turn turn, long version) {
    Map<Integer, Digest> agreed = turn.tier.agreedOn(version);
    if (!agreed.isEmpty()) {
      turn.history = turn.history.recalled(version, agreed);
      turn.tier = turn.tier.upTo(version);
    }
  }

  /**
   * A rank's state is gone. Where the disk is the baseline all go back to it, whoever else holds
   * the shard.
   */
  static void vacated(Turn turn, WorkerId worker) {
    long verified = turn.history.verified();
    OptionalLong newest = turn.tier.newest(verified);
    if (memoryHeals(turn) || newest.isEmpty() || newest.getAsLong() == verified) {
      return;
    }
    String reason = "the state of " + worker + " is gone, and nobody is healed from memory";
    goBack(turn, turn.history.newest(), newest.getAsLong(), reason);
  }

  /** Why {@code base} of a shard cannot be had. */
  static String reason(Turn turn, long base, int shard) {
    String version = "version " + base + " of shard " + shard;
    return memoryHeals(turn)
        ? "no intact copy of " + version
        : "a rank lacks " + version + ", which is not on disk, and nobody is healed from memory";
  }

  static void goBack(Turn turn, long from, long to, String reason) {
    turn.write(new Note.RolledBack(turn.epoch, from, to, reason));
    recall(turn, to);
  }
}
