package dev.redoubt.core;

import dev.redoubt.core.Guests.Kept;
import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Guests: copies of a shard in the memory of others that do not train on it.
 *
 * <p>Each is pulled when its version is agreed, while the next step is computed, and a rank attests
 * that step only when its pulls have ended: so no guest is ever more than one version behind, and
 * the loss of a shard with all its ranks costs one step at most. Guests that are taken beside the
 * training at their own pace were rejected: where the network is slower than the steps they fall
 * behind what anybody keeps, and are of no use just when they are needed.
 */
final class Guarding {

  private Guarding() {}

  /** The agreed digests of the version before a step, for those who keep guests of it. */
  static List<Memory.Agreed> agreed(Turn turn, long version) {
    List<Memory.Agreed> agreed = new ArrayList<>();
    if (turn.config.buddies().on()) {
      turn.history
          .agreedOn(version)
          .forEach((shard, digest) -> agreed.add(new Memory.Agreed(version, shard, digest)));
    }
    return agreed;
  }

  /** A worker has read all of its guests of a version. */
  static void read(Turn turn, long version, WorkerId worker, List<Message.Guest> guests) {
    if (turn.config.buddies().on()) {
      turn.guests = turn.guests.without(worker, version);
      reported(turn, version + 1, worker, guests);
    }
  }

  /** A worker says what became of its guests. */
  static void reported(Turn turn, long step, WorkerId worker, List<Message.Guest> guests) {
    for (Message.Guest guest : guests) {
      Kept kept = new Kept(guest.shard(), guest.version());
      Digest agreed = turn.history.agreed(guest.version(), guest.shard());
      Digest found = guest.digest();
      if (found != null && found.equals(agreed)) {
        turn.guests = turn.guests.with(worker, kept);
      } else {
        turn.guests = turn.guests.without(worker, kept);
        if (found != null && agreed != null) {
          rotten(turn, step, worker, guest, agreed);
        } else if (found == null) {
          notPulled(turn, step, worker, guest);
        }
      }
    }
  }

  /** A guest is verified where it arrives: if it is not what was agreed now, it has rotted here. */
  private static void rotten(
      Turn turn, long step, WorkerId worker, Message.Guest guest, Digest agreed) {
    String evidence =
        "the guest of version "
            + guest.version()
            + " of shard "
            + guest.shard()
            + " was agreed as "
            + agreed
            + " and is read as "
            + guest.digest();
    turn.write(new Note.Detected(turn.epoch, step, Detector.SCRUB, turn.suspect(worker), evidence));
    boolean ignored = turn.blame(step, worker, Detector.SCRUB, evidence);
  }

  private static void notPulled(Turn turn, long step, WorkerId worker, Message.Guest guest) {
    if (guest.flaw() != Message.PullFlaw.DONOR_CORRUPT
        && guest.flaw() != Message.PullFlaw.ARRIVED_CORRUPT) {
      return;
    }
    Rank ward = new Rank(turn.rankOf(worker).pod(), guest.shard());
    turn.write(
        new Note.Detected(
            turn.epoch,
            step,
            Detector.TRANSFER,
            List.of(ward),
            guest.flaw()
                + " from "
                + turn.roster.seats().get(ward)
                + " as "
                + worker
                + " took a guest of version "
                + guest.version()
                + " of shard "
                + guest.shard()));
  }

  /** Who was blamed too often for guests that rotted, of those that attested a step. */
  static List<WorkerId> outworn(Turn turn, Phase.Running running) {
    return running.attested().values().stream()
        .filter(attested -> attested.guests().stream().anyMatch(guest -> rotten(turn, guest)))
        .map(Message.Attested::worker)
        .filter(turn::outworn)
        .toList();
  }

  private static boolean rotten(Turn turn, Message.Guest guest) {
    Digest agreed = turn.history.agreed(guest.version(), guest.shard());
    return guest.digest() != null && agreed != null && !agreed.equals(guest.digest());
  }

  /** A new epoch goes on from {@code base}: what is newer, and who has no rank, does not count. */
  static void opened(Turn turn, long base) {
    if (turn.config.buddies().on()) {
      turn.guests = turn.guests.only(Set.copyOf(turn.roster.seats().values()), 0, base);
    }
  }

  /** Somebody who has a guest of that version of {@code worker}'s shard. */
  static Optional<WorkerId> donor(Turn turn, WorkerId worker, long version, Set<WorkerId> tried) {
    Kept wanted = new Kept(turn.shardOf(worker), version);
    return turn.roster.seats().values().stream()
        .filter(other -> !other.equals(worker) && !tried.contains(other))
        .filter(other -> turn.guests.of(other).contains(wanted))
        .findFirst();
  }

  /** Whether what {@code worker} was to pull from {@code donor} is a guest there. */
  static boolean isGuest(Turn turn, WorkerId worker, WorkerId donor) {
    return turn.roster.rankOf(donor).isPresent() && turn.shardOf(donor) != turn.shardOf(worker);
  }

  /** A guest could not be given. If the transfer failed, and not the guest, it is still there. */
  static void pullFailed(Turn turn, Message.PullFailed message) {
    if (message.flaw() == Message.PullFlaw.DONOR_CORRUPT
        || message.flaw() == Message.PullFlaw.VERSION_MISSING) {
      int shard = turn.shardOf(message.worker());
      turn.guests = turn.guests.without(message.donor(), new Kept(shard, message.version()));
    }
  }

  /** Whether somebody other than {@code worker} has a guest of its shard to go on from. */
  static boolean holdsElsewhere(Turn turn, WorkerId worker) {
    return shardsKept(turn, turn.roster.seats(), worker).contains(turn.shardOf(worker));
  }

  /** The shards of which others than {@code without} have a guest, of those in {@code seats}. */
  static Set<Integer> shardsKept(Turn turn, Map<Rank, WorkerId> seats, WorkerId without) {
    Set<Integer> shards = new TreeSet<>();
    for (WorkerId host : seats.values()) {
      if (!host.equals(without)) {
        turn.guests.of(host).stream()
            .filter(kept -> turn.history.agreed(kept.version(), kept.shard()) != null)
            .forEach(kept -> shards.add(kept.shard()));
      }
    }
    return shards;
  }

  /** Says how well the run is protected, when that has changed. */
  static void say(Turn turn) {
    if (!turn.config.buddies().on()) {
      return;
    }
    long newest = turn.history.newest();
    turn.guests =
        turn.guests.only(
            Set.copyOf(turn.roster.seats().values()),
            newest - turn.config.keepVersions() + 1,
            newest);
    int wanted = turn.config.buddies().copies();
    int copies = wanted;
    List<Rank> unguarded = new ArrayList<>();
    for (Rank ward : turn.roster.seats().keySet()) {
      int guests = guestsOf(turn, ward);
      copies = Math.min(copies, guests);
      if (guests < wanted) {
        unguarded.add(ward);
      }
    }
    if (copies != turn.guests.said()) {
      turn.guests = turn.guests.said(copies);
      turn.write(new Note.Guarded(turn.epoch, newest, copies, wanted, unguarded));
    }
  }

  /**
   * How many of its buddies have a guest of the shard of a rank, of the newest version or the one
   * before. An older one is of no use soon: the others will not hold that version for much longer.
   */
  private static int guestsOf(Turn turn, Rank ward) {
    int guests = 0;
    for (int index : turn.config.buddies().hostsOf(ward.index())) {
      WorkerId host = turn.roster.seats().get(new Rank(ward.pod(), index));
      boolean has =
          host != null
              && turn.guests.of(host).stream()
                  .filter(kept -> kept.shard() == ward.index())
                  .anyMatch(kept -> kept.version() >= turn.history.newest() - 1);
      guests += has ? 1 : 0;
    }
    return guests;
  }
}
