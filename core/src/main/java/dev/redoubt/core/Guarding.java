package dev.redoubt.core;

import dev.redoubt.core.Guests.Kept;
import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Guests: copies of a shard, or sums of stripes of several, in the memory of others that do not
 * train on them.
 *
 * <p>Each is pulled when its version is agreed, while the next step is computed, and a rank attests
 * that step only when its pulls have ended: so no guest is ever more than one version behind, and
 * the loss of a shard with all its ranks costs one step at most. Guests that are taken beside the
 * training at their own pace were rejected: where the network is slower than the steps they fall
 * behind what anybody keeps, and are of no use just when they are needed.
 *
 * <p>Nothing is agreed on a sum. So whoever keeps one says what it was as it was made, and of what:
 * a sum that reads otherwise has rotted, and one of another past is of no use. A sum that was made
 * wrong is not seen before a shard is computed with it; that shard is compared with what was agreed
 * before anybody uses it.
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
      Digest wanted = wanted(turn, guest);
      Digest found = guest.digest();
      if (found != null && found.equals(wanted)) {
        turn.guests = turn.guests.with(worker, kept, found);
      } else {
        turn.guests = turn.guests.without(worker, kept);
        if (found != null && wanted != null) {
          rotten(turn, step, worker, guest, wanted);
        } else if (found == null) {
          notPulled(turn, step, worker, guest);
        }
      }
    }
  }

  /** What a guest is to be read as; null if it is of no use, whatever is read. */
  private static @Nullable Digest wanted(Turn turn, Message.Guest guest) {
    Message.Sum sum = guest.sum();
    if (sum == null) {
      return turn.history.agreed(guest.version(), guest.shard());
    }
    List<Integer> wards = turn.config.buddies().wardsOf(guest.shard());
    List<Digest> terms = new ArrayList<>();
    for (int ward : wards) {
      Digest agreed = turn.history.agreed(guest.version(), ward);
      if (agreed != null) {
        terms.add(agreed);
      }
    }
    boolean known = !terms.isEmpty() && terms.size() == wards.size();
    return known && sum.origin().equals(Buddies.origin(terms)) ? sum.made() : null;
  }

  /** A guest is verified where it arrives: if it is not what it was now, it has rotted here. */
  private static void rotten(
      Turn turn, long step, WorkerId worker, Message.Guest guest, Digest wanted) {
    String what =
        guest.sum() == null
            ? "the guest of version %d of shard %d was agreed"
            : "the sum of version %d with rank %d was made";
    String evidence =
        what.formatted(guest.version(), guest.shard())
            + " as "
            + wanted
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
                + (turn.config.buddies().sums() ? " took a stripe" : " took a guest")
                + " of version "
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
    Digest wanted = wanted(turn, guest);
    return guest.digest() != null && wanted != null && !wanted.equals(guest.digest());
  }

  /** A new epoch goes on from {@code base}: what is newer, and who has no rank, does not count. */
  static void opened(Turn turn, long base) {
    if (turn.config.buddies().on()) {
      turn.guests = turn.guests.only(Set.copyOf(turn.roster.seats().values()), 0, base);
    }
  }

  /**
   * Somebody who has a guest of that version of {@code worker}'s shard, or {@link Buddies#SUMS} if
   * it can be computed.
   */
  static Optional<WorkerId> donor(Turn turn, WorkerId worker, long version, Set<WorkerId> tried) {
    if (turn.config.buddies().sums()) {
      boolean there = !parts(turn, worker, version, Buddies.SUMS).isEmpty();
      return there && !tried.contains(Buddies.SUMS) ? Optional.of(Buddies.SUMS) : Optional.empty();
    }
    Kept wanted = new Kept(turn.shardOf(worker), version);
    return turn.roster.seats().values().stream()
        .filter(other -> !other.equals(worker) && !tried.contains(other))
        .filter(other -> turn.guests.of(other).contains(wanted))
        .findFirst();
  }

  /**
   * From whom a version of {@code worker}'s shard can be computed: for each other shard somebody
   * who stands on it and has its sum. Nobody if one of them is missing, or if {@code donor} is one
   * who has the shard whole. A sum is the same in all pods, so it does not matter in which they
   * are.
   */
  static List<Message.Part> parts(Turn turn, WorkerId worker, long version, WorkerId donor) {
    List<Message.Part> parts = new ArrayList<>();
    if (!donor.equals(Buddies.SUMS)) {
      return parts;
    }
    List<Integer> others = turn.config.buddies().wardsOf(turn.shardOf(worker));
    for (int shard : others) {
      Digest agreed = turn.history.agreed(version, shard);
      Kept sum = new Kept(shard, version);
      for (Map.Entry<Rank, WorkerId> seat : turn.roster.seats().entrySet()) {
        WorkerId holder = seat.getValue();
        Digest digest = turn.guests.digest(holder, sum);
        if (seat.getKey().index() == shard
            && agreed != null
            && digest != null
            && stands(turn, holder)) {
          parts.add(new Message.Part(shard, holder, agreed, digest));
          break;
        }
      }
    }
    return parts.size() == others.size() ? parts : List.of();
  }

  /** Whether nothing is known to be wrong with what {@code worker} trains on. */
  private static boolean stands(Turn turn, WorkerId worker) {
    return !(turn.phase instanceof Phase.Preparing preparing)
        || preparing.standing().get(worker) instanceof Phase.Standing.Stands;
  }

  /** Whether what {@code worker} was to pull from {@code donor} is a guest there, or in sums. */
  static boolean isGuest(Turn turn, WorkerId worker, WorkerId donor) {
    return donor.equals(Buddies.SUMS)
        || (turn.roster.rankOf(donor).isPresent() && turn.shardOf(donor) != turn.shardOf(worker));
  }

  /**
   * A guest could not be given. If the transfer failed, and not the guest, it is still there. Of
   * sums each may be the one that is wrong, if all read as they were made and yet the shard that
   * was computed is not the agreed one.
   */
  static void pullFailed(Turn turn, Message.PullFailed message) {
    if (message.flaw() != Message.PullFlaw.DONOR_CORRUPT
        && message.flaw() != Message.PullFlaw.VERSION_MISSING) {
      return;
    }
    WorkerId worker = message.worker();
    if (!message.donor().equals(Buddies.SUMS)) {
      forget(turn, message.donor(), turn.shardOf(worker), message.version());
    } else {
      for (Message.Part part : parts(turn, worker, message.version(), Buddies.SUMS)) {
        if (message.culprit().equals(part.holder()) || message.culprit().equals(Buddies.SUMS)) {
          forget(turn, part.holder(), part.shard(), message.version());
        }
      }
    }
  }

  private static void forget(Turn turn, WorkerId host, int shard, long version) {
    turn.guests = turn.guests.without(host, new Kept(shard, version));
  }

  /** Whether somebody other than {@code worker} has a guest of its shard to go on from. */
  static boolean holdsElsewhere(Turn turn, WorkerId worker) {
    Map<Rank, WorkerId> seats = turn.roster.seats();
    return shardsKept(turn, seats, worker, Set.copyOf(seats.values()))
        .contains(turn.shardOf(worker));
  }

  /**
   * The shards of which others than {@code without} have a guest, of those in {@code seats}, or
   * which they can compute.
   *
   * @param holders who has the shard that it trains on intact
   */
  static Set<Integer> shardsKept(
      Turn turn, Map<Rank, WorkerId> seats, WorkerId without, Set<WorkerId> holders) {
    boolean sums = turn.config.buddies().sums();
    Set<Kept> kept = new TreeSet<>();
    for (WorkerId host : seats.values()) {
      if (!host.equals(without) && (!sums || holders.contains(host))) {
        turn.guests.of(host).stream()
            .filter(guest -> turn.history.agreed(guest.version(), guest.shard()) != null)
            .forEach(kept::add);
      }
    }
    Set<Integer> shards = new TreeSet<>();
    for (Kept guest : kept) {
      if (sums) {
        shards.addAll(computable(turn, kept, guest.version()));
      } else {
        shards.add(guest.shard());
      }
    }
    return shards;
  }

  /** The shards of a version that can be computed where such sums are kept. */
  private static List<Integer> computable(Turn turn, Set<Kept> sums, long version) {
    Buddies buddies = turn.config.buddies();
    return IntStream.range(0, buddies.wards().size())
        .filter(
            shard ->
                buddies.hostsOf(shard).stream()
                    .allMatch(host -> sums.contains(new Kept(host, version))))
        .boxed()
        .toList();
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
   * How many losses the guests of a rank's shard make up for, those of the newest version or of the
   * one before. Older ones are of no use soon: the others will not hold that version for much
   * longer.
   */
  private static int guestsOf(Turn turn, Rank ward) {
    long newest = turn.history.newest();
    return turn.config.buddies().sums()
        ? Math.max(computable(turn, ward, newest), computable(turn, ward, newest - 1))
        : copiesOf(turn, ward);
  }

  private static int computable(Turn turn, Rank ward, long version) {
    Set<Kept> sums = new TreeSet<>();
    turn.roster
        .seats()
        .forEach(
            (rank, host) -> {
              if (rank.pod() == ward.pod()) {
                sums.addAll(turn.guests.of(host));
              }
            });
    return computable(turn, sums, version).contains(ward.index()) ? 1 : 0;
  }

  private static int copiesOf(Turn turn, Rank ward) {
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
