package dev.redoubt.core;

import dev.redoubt.core.Note.Trigger;
import dev.redoubt.core.Phase.Mend;
import dev.redoubt.core.Phase.Standing;
import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Copies that are fetched or mended: the base while preparing, stored versions after a scrub. */
final class Mending {

  private Mending() {}

  // Pulls.

  static void pulled(Turn turn, Message.Pulled message) {
    if (turn.phase instanceof Phase.Preparing preparing
        && preparing.fetching(message.worker(), message.version(), message.donor()) != null) {
      restored(turn, message);
      Preparing.stands(turn, preparing, message.worker(), message.digest());
    } else if (turn.phase instanceof Phase.Mending mending
        && mending.asked(message.worker(), message.version(), message.donor()) != null) {
      restored(turn, message);
      mended(turn, mending, message.worker(), message.version());
    } else {
      turn.refuseUnasked(message);
    }
  }

  private static void restored(Turn turn, Message.Pulled message) {
    turn.write(
        new Note.Restored(
            turn.epoch,
            message.version(),
            message.worker(),
            turn.rankOf(message.worker()),
            message.donor(),
            message.blocks(),
            message.bytes()));
  }

  static void pullFailed(Turn turn, Message.PullFailed message) {
    if (turn.phase instanceof Phase.Preparing preparing) {
      Standing.Fetches fetches =
          preparing.fetching(message.worker(), message.version(), message.donor());
      if (fetches != null) {
        transferAlarm(turn, message);
        Preparing.fetchElsewhere(turn, preparing, fetches, message);
        return;
      }
    } else if (turn.phase instanceof Phase.Mending mending) {
      Mend mend = mending.asked(message.worker(), message.version(), message.donor());
      if (mend != null) {
        transferAlarm(turn, message);
        mendElsewhere(turn, mending, mend);
        return;
      }
    }
    turn.refuseUnasked(message);
  }

  private static void transferAlarm(Turn turn, Message.PullFailed message) {
    if (message.flaw() == Message.PullFlaw.DONOR_CORRUPT
        || message.flaw() == Message.PullFlaw.ARRIVED_CORRUPT) {
      turn.write(
          new Note.Detected(
              turn.epoch,
              message.version() + 1,
              Detector.TRANSFER,
              turn.suspect(message.culprit()),
              message.flaw() + " from " + message.culprit() + ": " + message.detail()));
    }
  }

  // Scrubbed versions.

  /** After a commit: has what rotted mended, then goes on with the next step. */
  static void mend(Turn turn, Phase.Running running) {
    List<Mend> mends = new ArrayList<>();
    Set<WorkerId> outworn = new TreeSet<>();
    for (Message.Attested attested : running.attested().values()) {
      WorkerId worker = attested.worker();
      for (Message.StoredDigest stored : attested.scrubbed()) {
        Digest agreed = turn.history.agreed(stored.version(), turn.shardOf(worker));
        if (agreed != null && !agreed.equals(stored.digest())) {
          if (rot(turn, running.step(), worker, stored, agreed)) {
            outworn.add(worker);
          }
          Set<WorkerId> tried = Set.of();
          donor(turn, worker, stored.version(), tried)
              .ifPresentOrElse(
                  donor -> mends.add(new Mend(worker, stored.version(), agreed, donor, tried)),
                  () -> giveUp(turn, stored.version()));
        }
      }
    }
    List<WorkerId> evicted =
        Membership.evict(turn, running.step(), outworn, turn.roster.seats().values());
    if (!evicted.isEmpty()) {
      Epochs.open(turn, Trigger.EVICTION, "evicted " + evicted);
    } else if (mends.isEmpty()) {
      Stepping.run(turn, running.step() + 1);
    } else {
      turn.enter(new Phase.Mending(running.step(), mends));
      mends.forEach(mend -> send(turn, mend));
    }
  }

  /** A stored version is not what was agreed. Returns whether its holder was blamed too often. */
  private static boolean rot(
      Turn turn, long step, WorkerId worker, Message.StoredDigest stored, Digest agreed) {
    String evidence =
        "stored version "
            + stored.version()
            + " was agreed as "
            + agreed
            + " and is read as "
            + stored.digest();
    turn.write(
        new Note.Detected(
            turn.epoch, step, Detector.SCRUB, List.of(turn.rankOf(worker)), evidence));
    return turn.blame(step, worker, Detector.SCRUB, evidence);
  }

  /**
   * Nobody has an older version intact: the newer ones will do. It is no longer one to go back to,
   * nor one that anybody is blamed for again. The watermark itself is never given up here.
   */
  private static void giveUp(Turn turn, long version) {
    if (version < turn.history.verified()) {
      turn.history = turn.history.without(version);
    }
  }

  private static Optional<WorkerId> donor(
      Turn turn, WorkerId worker, long version, Set<WorkerId> tried) {
    return LastResort.memoryHeals(turn)
        ? turn.copiesOf(worker).stream()
            .filter(other -> !tried.contains(other))
            .findFirst()
            .or(() -> Guarding.donor(turn, worker, version, tried))
        : Optional.empty();
  }

  static void send(Turn turn, Mend mend) {
    turn.send(
        mend.worker(),
        new Message.Pull(
            turn.epoch,
            mend.version(),
            mend.agreed(),
            mend.donor(),
            Guarding.parts(turn, mend.worker(), mend.version(), mend.donor())));
  }

  private static void mended(Turn turn, Phase.Mending mending, WorkerId worker, long version) {
    List<Mend> left = new ArrayList<>(mending.mends());
    left.removeIf(mend -> mend.worker().equals(worker) && mend.version() == version);
    turn.phase = new Phase.Mending(mending.step(), left);
    if (left.isEmpty()) {
      Stepping.run(turn, mending.step() + 1);
    } else {
      // A worker mends one version at a time; the others of it were refused while it was busy.
      left.stream()
          .filter(mend -> mend.worker().equals(worker))
          .findFirst()
          .ifPresent(mend -> send(turn, mend));
    }
  }

  private static void mendElsewhere(Turn turn, Phase.Mending mending, Mend failed) {
    Set<WorkerId> tried = Sorted.with(failed.tried(), failed.donor());
    Optional<WorkerId> donor = donor(turn, failed.worker(), failed.version(), tried);
    if (donor.isEmpty()) {
      giveUp(turn, failed.version());
      mended(turn, mending, failed.worker(), failed.version());
      return;
    }
    Mend next = new Mend(failed.worker(), failed.version(), failed.agreed(), donor.get(), tried);
    List<Mend> mends = new ArrayList<>(mending.mends());
    mends.set(mends.indexOf(failed), next);
    turn.phase = new Phase.Mending(mending.step(), mends);
    send(turn, next);
  }
}
