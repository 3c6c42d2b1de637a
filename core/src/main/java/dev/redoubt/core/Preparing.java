package dev.redoubt.core;

import dev.redoubt.core.Note.Trigger;
import dev.redoubt.core.Phase.Standing;
import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Getting everybody to stand on the same base, read again and intact. */
final class Preparing {

  private Preparing() {}

  static Message.Prepare order(Turn turn, WorkerId worker, long base) {
    Digest agreed = turn.history.agreed(base, turn.shardOf(worker));
    return new Message.Prepare(
        turn.epoch, turn.assignment(), base, agreed, turn.after, turn.memory);
  }

  static Message.Pull pullOrder(Turn turn, long version, WorkerId worker, WorkerId donor) {
    Digest agreed = turn.history.agreed(version, turn.shardOf(worker));
    return new Message.Pull(
        turn.epoch, version, agreed, donor, Guarding.parts(turn, worker, version, donor));
  }

  // Answers.

  static void ready(Turn turn, Message.Ready message) {
    Phase.Preparing preparing = asked(turn, message.worker(), message.version());
    if (preparing == null) {
      turn.refuseUnasked(message);
    } else {
      Guarding.read(turn, message.version(), message.worker(), message.guests());
      stands(turn, preparing, message.worker(), message.digest());
    }
  }

  static void notReady(Turn turn, Message.NotReady message) {
    Phase.Preparing preparing = asked(turn, message.worker(), message.version());
    if (preparing == null) {
      turn.refuseUnasked(message);
    } else {
      Guarding.read(turn, message.version(), message.worker(), message.guests());
      if (message.flaw() == Message.Flaw.CORRUPT) {
        corruptBase(turn, message);
      }
      needs(turn, preparing, message.worker(), message.flaw(), Set.of());
    }
  }

  private static Phase.@Nullable Preparing asked(Turn turn, WorkerId worker, long version) {
    return turn.phase instanceof Phase.Preparing preparing
            && version == preparing.base()
            && preparing.standing().get(worker) instanceof Standing.Asked
        ? preparing
        : null;
  }

  /** A worker has fetched the base. */
  static void stands(
      Turn turn, Phase.Preparing preparing, WorkerId worker, @Nullable Digest digest) {
    change(turn, preparing, worker, new Standing.Stands(digest));
  }

  private static void needs(
      Turn turn,
      Phase.Preparing preparing,
      WorkerId worker,
      Message.Flaw flaw,
      Set<WorkerId> tried) {
    change(turn, preparing, worker, new Standing.Needs(flaw, tried));
  }

  private static void change(
      Turn turn, Phase.Preparing preparing, WorkerId worker, Standing standing) {
    turn.phase =
        new Phase.Preparing(preparing.base(), Sorted.with(preparing.standing(), worker, standing));
    proceed(turn);
  }

  /**
   * A worker's base rotted since it was agreed: it is blamed, with its own word as the evidence.
   */
  private static void corruptBase(Turn turn, Message.NotReady message) {
    WorkerId worker = message.worker();
    Rank rank = turn.rankOf(worker);
    String evidence =
        "version "
            + message.version()
            + " was agreed as "
            + turn.history.agreed(message.version(), rank.index())
            + " and is read as "
            + message.found();
    long step = message.version() + 1;
    Inquiry open = turn.inquiry;
    if (open == null) {
      turn.write(new Note.Detected(turn.epoch, step, Detector.BASE_CHECK, List.of(rank), evidence));
    } else if (open.rotten().contains(worker)) {
      // It said so itself when it attested, and was blamed for it.
      return;
    } else {
      step = open.step();
      turn.inquiry = open.withRotten(worker);
    }
    turn.blame(step, worker, Detector.BASE_CHECK, evidence);
  }

  /** The donor could not give the base, or it did not arrive intact: somebody else is asked. */
  static void fetchElsewhere(
      Turn turn, Phase.Preparing preparing, Standing.Fetches fetches, Message.PullFailed message) {
    Map<WorkerId, Standing> standing = new TreeMap<>(preparing.standing());
    LastResort.refused(turn, message);
    if (Guarding.isGuest(turn, message.worker(), message.donor())) {
      Guarding.pullFailed(turn, message);
    } else if (message.flaw() == Message.PullFlaw.DONOR_CORRUPT
        && standing.containsKey(message.donor())) {
      standing.put(
          message.donor(), new Standing.Needs(Message.Flaw.CORRUPT, Set.of(message.worker())));
    }
    needs(
        turn,
        new Phase.Preparing(preparing.base(), standing),
        message.worker(),
        fetches.flaw(),
        Sorted.with(fetches.tried(), message.donor()));
  }

  // What comes next.

  /** Looks how far the preparation is, and does what comes next. */
  static void proceed(Turn turn) {
    if (!(turn.phase instanceof Phase.Preparing preparing)
        || preparing.standing().values().stream().anyMatch(Standing.Asked.class::isInstance)) {
      return;
    }
    if (!Quorum.reached(turn)) {
      return;
    }
    Succession.inForce(turn);
    boolean beginning = preparing.base() == turn.config.first() && turn.history.verified() < 0;
    if (beginning && !agreeOnTheBeginning(turn, preparing)) {
      return;
    }
    if (evictRotten(turn, preparing)) {
      return;
    }
    Map<WorkerId, Standing> standing = new TreeMap<>(preparing.standing());
    standing.replaceAll((worker, how) -> withDonor(turn, preparing, worker, how));
    turn.phase = new Phase.Preparing(preparing.base(), standing);
    if (standing.values().stream().allMatch(Standing.Stands.class::isInstance)) {
      Judging.prepared(turn, preparing.base());
    } else if (standing.values().stream().noneMatch(Standing.Fetches.class::isInstance)) {
      noDonor(turn, preparing);
    }
  }

  /** Whose base rotted once too often is evicted, if somebody else has it intact. */
  private static boolean evictRotten(Turn turn, Phase.Preparing preparing) {
    List<WorkerId> holders = new ArrayList<>();
    List<WorkerId> outworn = new ArrayList<>();
    preparing
        .standing()
        .forEach(
            (worker, how) -> {
              if (how instanceof Standing.Stands) {
                holders.add(worker);
              } else if (how instanceof Standing.Needs needs
                  && needs.flaw() == Message.Flaw.CORRUPT
                  && turn.outworn(worker)) {
                outworn.add(worker);
              }
            });
    List<WorkerId> evicted = Membership.evict(turn, preparing.base() + 1, outworn, holders);
    if (!evicted.isEmpty()) {
      Epochs.open(turn, Trigger.EVICTION, "evicted " + evicted);
    }
    return !evicted.isEmpty();
  }

  /**
   * The first version is made by everybody from the seed, or read from where an earlier run left
   * it; who has something else is blamed.
   */
  private static boolean agreeOnTheBeginning(Turn turn, Phase.Preparing preparing) {
    long first = turn.config.first();
    Inquiry beginning = new Inquiry(first, ballots(turn, preparing), 0, Set.of());
    if (beginning.unanimous()) {
      turn.history = History.begun(first, beginning.digests());
      LastResort.begun(turn);
      return true;
    }
    turn.write(
        new Note.Detected(
            turn.epoch, first, Detector.STATE_DIGEST, beginning.suspects(), beginning.summary()));
    List<Inquiry.Finding> findings = beginning.outvoted().orElse(List.of());
    List<WorkerId> outworn = Judging.blameAll(turn, first, findings, Detector.STATE_DIGEST);
    Membership.evict(turn, first, outworn, turn.roster.seats().values());
    Epochs.open(turn, Trigger.ALARM, "version " + first + " differs", first);
    return false;
  }

  private static List<Inquiry.Ballot> ballots(Turn turn, Phase.Preparing preparing) {
    List<Inquiry.Ballot> ballots = new ArrayList<>();
    preparing
        .standing()
        .forEach(
            (worker, how) -> {
              if (how instanceof Standing.Stands stands) {
                Inquiry.Vote vote = new Inquiry.Vote(stands.digest(), 0);
                ballots.add(new Inquiry.Ballot(worker, turn.rankOf(worker), vote));
              }
            });
    return ballots;
  }

  private static Standing withDonor(
      Turn turn, Phase.Preparing preparing, WorkerId worker, Standing how) {
    if (!(how instanceof Standing.Needs needs)) {
      return how;
    }
    Optional<WorkerId> donor = source(turn, preparing, worker, needs.tried());
    if (donor.isEmpty()) {
      return how;
    }
    turn.send(worker, pullOrder(turn, preparing.base(), worker, donor.get()));
    return new Standing.Fetches(donor.get(), needs.flaw(), needs.tried());
  }

  /** Another worker, or the disk. */
  private static Optional<WorkerId> source(
      Turn turn, Phase.Preparing preparing, WorkerId worker, Set<WorkerId> tried) {
    Optional<WorkerId> donor =
        LastResort.memoryHeals(turn) ? donor(turn, preparing, worker, tried) : Optional.empty();
    return donor.or(() -> LastResort.file(turn, preparing, worker, tried));
  }

  /**
   * Somebody with the same shard who has just read the version and found it intact, or else a guest
   * of it, or those from whom it can be computed.
   */
  private static Optional<WorkerId> donor(
      Turn turn, Phase.Preparing preparing, WorkerId worker, Set<WorkerId> tried) {
    return turn.copiesOf(worker).stream()
        .filter(other -> !tried.contains(other))
        .filter(other -> preparing.standing().get(other) instanceof Standing.Stands)
        .findFirst()
        .or(() -> Guarding.donor(turn, worker, preparing.base(), tried));
  }

  /**
   * Nobody is left to ask. If nobody holds the base intact, an older version has to do; if somebody
   * does, only the transfers failed, and a new epoch tries them again.
   */
  private static void noDonor(Turn turn, Phase.Preparing preparing) {
    Optional<WorkerId> orphan =
        preparing.standing().entrySet().stream()
            .filter(entry -> entry.getValue() instanceof Standing.Needs)
            .map(Map.Entry::getKey)
            .filter(worker -> source(turn, preparing, worker, Set.of()).isEmpty())
            .findFirst();
    if (orphan.isEmpty()) {
      Epochs.open(turn, Trigger.ALARM, "version " + preparing.base() + " could not be fetched");
    } else {
      goBack(turn, preparing.base(), turn.shardOf(orphan.get()));
    }
  }

  private static void goBack(Turn turn, long base, int shard) {
    OptionalLong older = LastResort.nearest(turn, turn.history.agreedBefore(base, shard), base);
    if (older.isPresent()) {
      String reason = LastResort.reason(turn, base, shard);
      LastResort.goBack(turn, base, older.getAsLong(), reason);
      Epochs.open(turn, Trigger.ROLLBACK, reason, older.getAsLong());
    } else {
      turn.conclude(
          new Verdict.Lost(
              "no intact copy of shard "
                  + shard
                  + " at version "
                  + base
                  + " is left in any worker's memory"
                  + (turn.config.disk().on() ? ", nor on disk" : "")));
    }
  }
}
