package dev.redoubt.core;

import dev.redoubt.core.Note.Trigger;
import dev.redoubt.core.Phase.Standing;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What happens when nothing happens: what is unanswered is said again, then given up. */
final class Deadlines {

  private Deadlines() {}

  static void tick(Turn turn) {
    if (turn.phase instanceof Phase.Running running && Speculating.late(turn, running)) {
      return;
    }
    boolean reminds = turn.now - turn.reminded > turn.config.timeouts().resendMillis();
    if (turn.now - turn.since > patienceMillis(turn) && (reminds || !turn.replaceable())) {
      Phase before = turn.phase;
      expire(turn);
      if (turn.phase.equals(before)) {
        // Nobody may be given up: whoever is cut off may come back.
        remind(turn);
      }
    } else if (reminds) {
      remind(turn);
    }
  }

  private static long patienceMillis(Turn turn) {
    ProtocolConfig.Timeouts timeouts = turn.config.timeouts();
    return switch (turn.phase) {
      case Phase.Forming ignored -> timeouts.joinMillisMax();
      case Phase.Claiming ignored -> Long.MAX_VALUE;
      case Phase.Deposed ignored -> Long.MAX_VALUE;
      case Phase.Preparing ignored -> timeouts.prepareMillisMax();
      case Phase.Running ignored -> timeouts.stallMillisMax();
      case Phase.Arbitrating ignored -> timeouts.stallMillisMax();
      case Phase.Auditing ignored -> timeouts.stallMillisMax();
      case Phase.Diagnosing ignored -> timeouts.stallMillisMax();
      case Phase.Mending ignored -> timeouts.prepareMillisMax();
      case Phase.Finishing ignored -> timeouts.prepareMillisMax();
      case Phase.Concluded ignored -> Long.MAX_VALUE;
    };
  }

  private static void expire(Turn turn) {
    switch (turn.phase) {
      case Phase.Forming ignored -> notFormed(turn);
      case Phase.Claiming ignored -> {}
      case Phase.Deposed ignored -> {}
      case Phase.Preparing preparing -> silent(turn, preparing);
      case Phase.Running running -> stalled(turn, running);
      case Phase.Arbitrating arbitrating ->
          Membership.lost(
              turn, arbitrating.arbiter(), Detector.DEADLINE, "no replay within the deadline");
      case Phase.Auditing auditing -> {
        if (!Speculating.overdue(turn)) {
          Auditing.overdue(turn, auditing);
        }
      }
      case Phase.Diagnosing diagnosing -> Diagnosing.overdue(turn, diagnosing);
      case Phase.Mending mending ->
          Epochs.open(turn, Trigger.STALL, "repairs after step " + mending.step() + " stalled");
      case Phase.Finishing finishing ->
          unread(turn, finishing).stream()
              .findFirst()
              .ifPresent(
                  worker ->
                      Membership.lost(turn, worker, Detector.DEADLINE, "no last reading in time"));
      case Phase.Concluded ignored -> {}
    }
  }

  /** A spare that owes a sum is silent too: it is not to be asked again and again. */
  private static void stalled(Turn turn, Phase.Running running) {
    String waiting = turn.state().waitingFor();
    if (!Speculating.overdue(turn)) {
      Epochs.open(
          turn, Trigger.STALL, "step " + running.step() + " stalled; waiting for " + waiting);
    }
  }

  private static void notFormed(Turn turn) {
    turn.conclude(
        new Verdict.NotFormed(
            turn.roster.spares().size()
                + " of "
                + turn.config.mesh().workers()
                + " workers joined within "
                + turn.config.timeouts().joinMillisMax()
                + " ms"
                + Scanning.inWords(turn.unfit)));
  }

  /**
   * Who has not answered a Prepare in time is lost; who could not fetch in time as well. Who only
   * waits for a donor is not.
   */
  private static void silent(Turn turn, Phase.Preparing preparing) {
    List<WorkerId> gone =
        preparing.standing().entrySet().stream()
            .filter(
                entry ->
                    entry.getValue() instanceof Standing.Asked
                        || entry.getValue() instanceof Standing.Fetches)
            .map(Map.Entry::getKey)
            .toList();
    if (turn.replaceable() && !mayLose(turn, gone)) {
      return;
    }
    long step = preparing.base() + 1;
    for (WorkerId worker : gone) {
      Rank rank = turn.roster.rankOf(worker).orElse(null);
      String reason = "not ready for epoch " + turn.epoch + " within the deadline";
      turn.write(new Note.WorkerLost(turn.epoch, step, worker, rank, Detector.DEADLINE, reason));
      if (turn.roster.contains(worker)) {
        Membership.drop(turn, worker, reason);
      }
    }
    Epochs.open(turn, Trigger.LOSS, "not ready in time: " + gone);
  }

  /** A controller that is cut off gives up nobody; nor does one that would lose a shard by it. */
  private static boolean mayLose(Turn turn, List<WorkerId> gone) {
    if (!Quorum.reached(turn)) {
      turn.await("only " + turn.heard + " answer, which is no majority; silent: " + gone);
      return false;
    }
    return !gone.isEmpty() && gone.stream().allMatch(worker -> Succession.mayLose(turn, worker));
  }

  /** Says again what has not been answered: any message may have been lost. */
  private static void remind(Turn turn) {
    turn.reminded = turn.now;
    switch (turn.phase) {
      case Phase.Claiming claiming -> Succession.claimAgain(turn, claiming);
      case Phase.Deposed ignored -> {}
      case Phase.Preparing preparing ->
          preparing
              .standing()
              .forEach((worker, how) -> remind(turn, preparing.base(), worker, how));
      case Phase.Running running -> {
        turn.roster.seats().values().stream()
            .filter(worker -> !running.attested().containsKey(worker))
            .forEach(worker -> turn.send(worker, Stepping.order(turn, running.step())));
        Auditing.remind(turn);
        Speculating.remind(turn);
      }
      case Phase.Auditing ignored -> {
        Auditing.remind(turn);
        Speculating.remind(turn);
      }
      case Phase.Diagnosing diagnosing -> {
        Auditing.remind(turn);
        Diagnosing.remind(turn, diagnosing);
      }
      case Phase.Arbitrating arbitrating -> turn.send(arbitrating.arbiter(), arbitrating.order());
      case Phase.Mending mending -> {
        Auditing.remind(turn);
        Set<WorkerId> asked = new TreeSet<>();
        mending.mends().stream()
            .filter(mend -> asked.add(mend.worker()))
            .forEach(mend -> Mending.send(turn, mend));
      }
      case Phase.Finishing finishing ->
          unread(turn, finishing)
              .forEach(
                  worker ->
                      turn.send(
                          worker, new Message.Finish(turn.epoch, finishing.step(), turn.memory)));
      case Phase.Forming ignored -> {}
      case Phase.Concluded ignored -> {}
    }
    Succession.spread(turn);
  }

  private static void remind(Turn turn, long base, WorkerId worker, Standing how) {
    switch (how) {
      case Standing.Asked ignored -> turn.send(worker, Preparing.order(turn, worker, base));
      case Standing.Fetches fetches ->
          turn.send(worker, Preparing.pullOrder(turn, base, worker, fetches.donor()));
      case Standing.Needs ignored -> {}
      case Standing.Stands ignored -> {}
    }
  }

  private static List<WorkerId> unread(Turn turn, Phase.Finishing finishing) {
    return turn.roster.seats().values().stream()
        .filter(worker -> !finishing.finals().containsKey(worker))
        .toList();
  }
}
