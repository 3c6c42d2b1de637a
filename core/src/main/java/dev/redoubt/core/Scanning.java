package dev.redoubt.core;

import dev.redoubt.core.Note.Kind;
import dev.redoubt.core.Note.Trigger;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Scans: workers without a rank, and all before they join, give known-answer tests to their own
 * machines. Who got a wrong answer gets no rank; if it has one by now, it loses it.
 *
 * <p>One wrong answer is enough, for the tests have no data and no other machine in them that could
 * have been wrong instead. Counting it as a strike among others was rejected: the next one would
 * come out of the training.
 */
final class Scanning {

  private Scanning() {}

  static void scanned(Turn turn, Message.Scanned message) {
    WorkerId worker = message.worker();
    if (turn.roster.lost().contains(worker)) {
      turn.refuse(message, worker + " is off the run");
      sendOff(turn, worker);
      return;
    }
    String wrong = message.wrong();
    if (wrong != null && turn.unfit.contains(worker)) {
      takeOff(turn, worker);
      return;
    }
    turn.write(new Note.Scanned(turn.epoch, worker, message.tests(), wrong));
    if (wrong != null) {
      condemn(turn, worker, wrong);
      takeOff(turn, worker);
    }
  }

  /**
   * Who scans itself before it joins may have been no member yet when it was to go, and whoever
   * says no hello hears nothing: it is taken off as often as it still says something.
   */
  private static void sendOff(Turn turn, WorkerId worker) {
    Membership.dismiss(turn, worker, REASON);
    if (!turn.dismissals.containsKey(worker)) {
      turn.expel(worker, REASON);
    }
  }

  private static void condemn(Turn turn, WorkerId worker, String wrong) {
    turn.unfit = Sorted.with(turn.unfit, worker);
    int ignored = turn.strike(worker);
    long step = step(turn);
    List<Rank> ranks = turn.suspect(worker);
    if (!ranks.isEmpty()) {
      turn.write(new Note.Detected(turn.epoch, step, Detector.SCAN, ranks, wrong));
    }
    Rank rank = turn.roster.rankOf(worker).orElse(null);
    turn.write(
        new Note.Blamed(turn.epoch, step, worker, rank, Detector.SCAN, Kind.PERSISTENT, wrong));
  }

  private static long step(Turn turn) {
    return switch (turn.phase) {
      case Phase.Running running -> running.step();
      default -> turn.history.newest() + 1;
    };
  }

  private static void takeOff(Turn turn, WorkerId worker) {
    switch (turn.phase) {
      // It counts as one that has come, so that the others need not wait for it.
      case Phase.Claiming ignored -> Succession.recheck(turn);
      case Phase.Forming ignored -> {
        turn.roster = turn.roster.without(worker);
        Membership.form(turn);
      }
      case Phase.Running running when turn.roster.rankOf(worker).isPresent() -> {
        boolean ignored = evict(turn, running.step());
      }
      case Phase.Auditing auditing when turn.roster.rankOf(worker).isPresent() -> {
        boolean ignored = evict(turn, auditing.running().step());
      }
      default -> {
        if (turn.roster.rankOf(worker).isEmpty()) {
          lose(turn, worker);
        }
      }
    }
  }

  /** A spare, or somebody who wants to become one. */
  private static void lose(Turn turn, WorkerId worker) {
    if (turn.roster.contains(worker)) {
      Membership.lost(turn, worker, Detector.SCAN, REASON);
    } else {
      turn.write(new Note.WorkerLost(turn.epoch, step(turn), worker, null, Detector.SCAN, REASON));
      Membership.drop(turn, worker, REASON);
    }
  }

  static final String REASON = "its machine gave a wrong answer to a known-answer test";

  /**
   * Evicts those with a rank whose machines gave wrong answers, as far as others hold their shards;
   * everybody stands on the same version. Returns whether an epoch was opened for it.
   */
  static boolean evict(Turn turn, long step) {
    Set<WorkerId> seated = new TreeSet<>(turn.unfit);
    seated.retainAll(turn.roster.seats().values());
    List<WorkerId> evicted = Membership.evict(turn, step, seated, turn.roster.seats().values());
    if (evicted.isEmpty()) {
      return false;
    }
    Epochs.open(turn, Trigger.EVICTION, "evicted " + evicted);
    return true;
  }

  /** Who is not fit, and not in the run. */
  static Set<WorkerId> outside(Turn turn) {
    Set<WorkerId> outside = new TreeSet<>(turn.unfit);
    outside.removeAll(turn.members());
    outside.removeAll(turn.roster.lost());
    return outside;
  }

  /** The run is formed without them: they may go now, nobody waits for them any more. */
  static void dropOutside(Turn turn) {
    for (WorkerId worker : outside(turn)) {
      lose(turn, worker);
    }
  }

  /** For the reason why a run cannot begin. */
  static String inWords(Set<WorkerId> unfit) {
    return unfit.isEmpty() ? "" : "; scans found the machines of " + unfit + " defective";
  }
}
