package dev.redoubt.core;

import dev.redoubt.core.Audit.Check;
import dev.redoubt.core.Audit.Doubt;
import dev.redoubt.core.Audit.Finding;
import dev.redoubt.core.Audit.Opinion;
import dev.redoubt.core.Note.Kind;
import dev.redoubt.core.Note.Trigger;
import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Audits: spares compute drawn spans of a step again while it is under way, and it counts only when
 * they came to the same sums, bit for bit. The comparison of copies cannot see what this sees: a
 * sum that was wrong before it left its worker is wrong in all copies alike.
 *
 * <p>An auditor may be wrong itself. So before anybody is blamed a second one is asked: another
 * spare, or a worker of another pod that has attested. Two against one decide. If nobody is left to
 * ask, or all three differ, the step is done again, and whoever then says something else was wrong.
 * The rejected alternative is to believe the spare: it has the same kind of machine.
 */
final class Auditing {

  private Auditing() {}

  /** Has the drawn spans of a step that begins computed by spares too. */
  static void begin(Turn turn, long step) {
    if (!turn.config.audits().on() && !turn.audit.doubts(step)) {
      return;
    }
    Assignment assignment = turn.assignment();
    Map<Span, Check> checks = new TreeMap<>();
    for (Seat seat : assignment.seats()) {
      for (Span span : assignment.spans(seat.rank().pod())) {
        if (turn.config.audits().draws(step, span) || turn.audit.redos(step, span) > 0) {
          checks.put(span, Check.of(span, seat.worker()));
        }
      }
    }
    turn.audit = new Audit(step, checks, turn.audit.doubts());
    checks
        .values()
        .forEach(check -> spare(turn, check).ifPresent(spare -> ask(turn, check, spare)));
  }

  private static void ask(Turn turn, Check check, WorkerId auditor) {
    turn.audit = turn.audit.with(check.asking(auditor));
    turn.send(auditor, order(turn, check.span(), auditor));
  }

  private static Message.Audit order(Turn turn, Span span, WorkerId auditor) {
    long step = turn.audit.step();
    List<WorkerId> donors =
        turn.roster.seats().values().stream().filter(other -> !other.equals(auditor)).toList();
    return new Message.Audit(
        turn.epoch, step, span, turn.history.agreed(step - 1, 0), donors, List.of());
  }

  /** The spare that has least to do, of those that were not asked yet and are believed. */
  private static Optional<WorkerId> spare(Turn turn, Check check) {
    return free(turn, check, turn.roster.spares().stream());
  }

  private static Optional<WorkerId> free(Turn turn, Check check, Stream<WorkerId> workers) {
    return workers
        .filter(worker -> !worker.equals(check.owner()))
        .filter(worker -> !check.tried().contains(worker))
        .filter(worker -> !turn.outworn(worker))
        .min(Comparator.comparingInt(worker -> load(turn, worker)));
  }

  static int load(Turn turn, WorkerId worker) {
    return turn.audit.checks().values().stream()
        .filter(check -> check.tried().contains(worker))
        .mapToInt(check -> check.span().size())
        .sum();
  }

  /** Who is asked next: a spare; for a second opinion a worker with a rank as well. */
  private static Optional<WorkerId> next(Turn turn, Check check) {
    Optional<WorkerId> spare = spare(turn, check);
    return spare.isPresent() || check.opinions().isEmpty()
        ? spare
        : free(turn, check, turn.roster.seats().values().stream());
  }

  // Answers.

  static void audited(Turn turn, Message.Audited message) {
    Check check = turn.audit.checks().get(message.span());
    if (check == null
        || message.step() != turn.audit.step()
        || !message.worker().equals(check.asked())) {
      turn.refuseUnasked(message);
      return;
    }
    Digest digest = message.digest();
    turn.write(
        new Note.Recomputed(
            turn.epoch,
            message.step(),
            message.span(),
            check.owner(),
            message.worker(),
            message.fetchMicros(),
            message.computeMicros(),
            message.detail()));
    turn.audit =
        turn.audit.with(
            digest == null ? check.unasked() : check.with(new Opinion(message.worker(), digest)));
    if (turn.phase instanceof Phase.Auditing) {
      turn.since = turn.now;
    }
    proceed(turn);
  }

  /** Somebody is gone: what it was asked for is asked of others. */
  static void lost(Turn turn, WorkerId worker) {
    for (Check check : turn.audit.checks().values()) {
      if (worker.equals(check.asked())) {
        turn.audit = turn.audit.with(check.unasked());
      }
    }
    proceed(turn);
  }

  /** Who has not answered in time is given up; its spans go to others, or stay unaudited. */
  static void overdue(Turn turn) {
    Set<WorkerId> silent = new TreeSet<>();
    for (Check check : turn.audit.checks().values()) {
      if (check.asked() != null) {
        silent.add(check.asked());
      }
    }
    long epoch = turn.epoch;
    long step = turn.audit.step();
    turn.since = turn.now;
    for (WorkerId worker : silent) {
      Membership.lost(turn, worker, Detector.DEADLINE, "no audit within the deadline");
      if (turn.epoch != epoch || turn.audit.step() != step) {
        return;
      }
      lost(turn, worker);
      if (turn.epoch != epoch || turn.audit.step() != step) {
        return;
      }
    }
  }

  static void remind(Turn turn) {
    for (Check check : turn.audit.checks().values()) {
      if (check.asked() != null) {
        turn.send(check.asked(), order(turn, check.span(), check.asked()));
      }
    }
  }

  // The gate.

  /** The step is attested and its copies agree: it waits here for its audits. */
  static void gate(Turn turn, Phase.Running running) {
    turn.phase = new Phase.Auditing(running, turn.now);
    turn.reminded = turn.now;
    again(turn, new Phase.Auditing(running, turn.now));
  }

  /** More is known of who computed what that is attested. */
  static void again(Turn turn, Phase.Auditing auditing) {
    turn.since = turn.now;
    Map<Span, Check> checks = new TreeMap<>();
    turn.audit
        .checks()
        .forEach(
            (span, check) ->
                checks.put(span, Speculating.reowned(turn, auditing.running(), check)));
    turn.audit = new Audit(turn.audit.step(), checks, turn.audit.doubts());
    proceed(turn);
  }

  /** Asks whoever has to be asked next; decides when nobody has. */
  private static void proceed(Turn turn) {
    boolean attested = turn.phase instanceof Phase.Auditing;
    boolean begun = attested || turn.phase instanceof Phase.Running;
    if (!begun || turn.audit.checks().isEmpty() || (attested && turn.lag.owes())) {
      return;
    }
    for (Check check : turn.audit.checks().values()) {
      boolean wants =
          attested ? check.finding(false) == Finding.UNSETTLED : check.opinions().isEmpty();
      if (wants && check.asked() == null) {
        next(turn, check).ifPresent(auditor -> ask(turn, check, auditor));
      }
    }
    if (turn.phase instanceof Phase.Auditing auditing && !turn.audit.waits()) {
      decide(turn, auditing);
    }
  }

  private static void decide(Turn turn, Phase.Auditing auditing) {
    long step = auditing.running().step();
    List<Check> checks = List.copyOf(turn.audit.checks().values());
    account(turn, auditing, checks);
    List<WorkerId> outworn = new ArrayList<>();
    List<Check> open = new ArrayList<>();
    boolean wrong = false;
    for (Check check : checks) {
      if (check.disputed()) {
        turn.write(
            new Note.Detected(
                turn.epoch, step, Detector.AUDIT, suspects(turn, check), check.evidence()));
      }
    }
    for (Check check : checks) {
      switch (check.finding(true)) {
        case OWNER_WRONG -> {
          wrong = true;
          outworn.addAll(blame(turn, step, check.owner(), check.evidence()));
        }
        case OPEN -> open.add(check);
        case PASSED -> {
          answer(turn, step, check, outworn);
          for (Opinion liar : check.liars()) {
            outworn.addAll(blame(turn, step, liar.worker(), check.evidence()));
          }
        }
        case UNAUDITED, UNSETTLED -> {}
      }
    }
    if (!open.isEmpty() && undecidable(turn, step, open)) {
      return;
    }
    follow(turn, auditing.running(), outworn, open, wrong);
  }

  /** Two against one acquit the owner. */
  private static List<Rank> suspects(Turn turn, Check check) {
    return check.confirmed() ? List.of() : turn.suspect(check.owner());
  }

  /** What was found out about an earlier try of this step, of which somebody was wrong. */
  private static void answer(Turn turn, long step, Check now, List<WorkerId> outworn) {
    Digest right = Objects.requireNonNull(now.attested());
    for (Doubt doubt : turn.audit.doubts()) {
      Check before = doubt.check();
      if (doubt.step() == step && before.span().equals(now.span())) {
        String evidence = before.evidence() + "; after the redo both come to " + right;
        if (!right.equals(before.attested())) {
          outworn.addAll(blame(turn, step, before.owner(), evidence));
        }
        for (Opinion opinion : before.opinions()) {
          if (!right.equals(opinion.digest())) {
            outworn.addAll(blame(turn, step, opinion.worker(), evidence));
          }
        }
      }
    }
  }

  private static List<WorkerId> blame(Turn turn, long step, WorkerId worker, String evidence) {
    return turn.roster.contains(worker) && turn.blame(step, worker, Detector.AUDIT, evidence)
        ? List.of(worker)
        : List.of();
  }

  /** Whether a step was redone too often without an answer: the run ends, and says so. */
  static boolean undecidable(Turn turn, long step, List<Check> open) {
    for (Check check : open) {
      int redos = turn.audit.redos(step, check.span());
      if (redos >= turn.config.redosMax()) {
        String reason =
            "the audit of step "
                + step
                + " differs, also after "
                + redos
                + " redos, and nothing can say which is right: "
                + check.evidence();
        turn.write(
            new Note.Blamed(
                turn.epoch, step, null, null, Detector.AUDIT, Kind.UNDECIDABLE, reason));
        turn.conclude(new Verdict.Undecidable(reason));
        return true;
      }
    }
    return false;
  }

  private static void follow(
      Turn turn, Phase.Running running, List<WorkerId> outworn, List<Check> open, boolean wrong) {
    long step = running.step();
    if (!wrong && open.isEmpty()) {
      turn.audit = Audit.NONE;
      Stepping.settle(turn, running, outworn);
      return;
    }
    List<Doubt> doubts = new ArrayList<>();
    for (Check check : open) {
      doubts.add(new Doubt(step, check, turn.audit.redos(step, check.span()) + 1));
    }
    turn.audit = new Audit(-1, Map.of(), doubts);
    List<WorkerId> evicted = Membership.evict(turn, step, outworn, turn.roster.seats().values());
    dismiss(turn, outworn);
    if (!evicted.isEmpty()) {
      Epochs.open(turn, Trigger.EVICTION, "evicted " + evicted);
    } else {
      Epochs.open(
          turn,
          Trigger.ALARM,
          "the audit of step "
              + step
              + " differs"
              + (open.isEmpty() ? "" : ", and only a redo can tell who was wrong"));
    }
  }

  /** A spare that was wrong too often takes no rank and audits nobody any more. */
  static void dismiss(Turn turn, List<WorkerId> outworn) {
    for (WorkerId worker : outworn) {
      if (turn.roster.spares().contains(worker)) {
        Membership.lost(
            turn, worker, Detector.AUDIT, "wrong in " + turn.strikes.get(worker) + " audits");
      }
    }
  }

  /** How much of the step was audited, and how long it had to wait for that. */
  private static void account(Turn turn, Phase.Auditing auditing, List<Check> checks) {
    if (checks.isEmpty()) {
      return;
    }
    List<Span> unaudited =
        checks.stream()
            .filter(check -> check.finding(true) == Finding.UNAUDITED)
            .map(Check::span)
            .toList();
    turn.write(
        new Note.Audited(
            turn.epoch,
            auditing.running().step(),
            checks.size(),
            unaudited,
            turn.now - auditing.from()));
  }
}
