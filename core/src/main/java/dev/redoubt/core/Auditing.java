package dev.redoubt.core;

import dev.redoubt.core.Audit.Check;
import dev.redoubt.core.Audit.Checks;
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
 * Audits: spares compute drawn spans of a step again while it is under way, and it is verified only
 * when they came to the same sums, bit for bit. The comparison of copies cannot see what this sees:
 * a sum that was wrong before it left its worker is wrong in all copies alike.
 *
 * <p>The next step waits for that, unless audits may lag: then the training goes on, so many steps
 * ahead of the watermark at most, and what is found later takes everybody back to it.
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
    turn.audit = turn.audit.with(step, checks);
    checks
        .values()
        .forEach(check -> spare(turn, check).ifPresent(spare -> ask(turn, step, check, spare)));
  }

  private static void ask(Turn turn, long step, Check check, WorkerId auditor) {
    turn.audit = turn.audit.with(step, check.asking(auditor));
    turn.send(auditor, order(turn, step, check.span(), auditor));
  }

  private static Message.Audit order(Turn turn, long step, Span span, WorkerId auditor) {
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
        .min(Comparator.comparingInt(worker -> turn.audit.load(worker)));
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
    Check check = turn.audit.check(message.step(), message.span());
    if (check == null || !message.worker().equals(check.asked())) {
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
            message.step(),
            digest == null ? check.unasked() : check.with(new Opinion(message.worker(), digest)));
    if (turn.phase instanceof Phase.Auditing) {
      turn.since = turn.now;
    }
    proceed(turn);
  }

  /** Somebody is gone: what it was asked for is asked of others. */
  static void lost(Turn turn, WorkerId worker) {
    for (long step : turn.audit.steps().keySet()) {
      for (Check check : turn.audit.checks(step)) {
        if (worker.equals(check.asked())) {
          turn.audit = turn.audit.with(step, check.unasked());
        }
      }
    }
    proceed(turn);
  }

  /** Who has not answered in time is given up; its spans go to others, or stay unaudited. */
  static void overdue(Turn turn, Phase.Auditing auditing) {
    Set<WorkerId> silent = new TreeSet<>();
    turn.audit.asked().forEach(check -> silent.add(Objects.requireNonNull(check.asked())));
    long epoch = turn.epoch;
    turn.since = turn.now;
    for (WorkerId worker : silent) {
      Membership.lost(turn, worker, Detector.DEADLINE, "no audit within the deadline");
      if (turn.epoch != epoch || !waits(turn, auditing)) {
        return;
      }
      lost(turn, worker);
      if (turn.epoch != epoch || !waits(turn, auditing)) {
        return;
      }
    }
  }

  private static boolean waits(Turn turn, Phase.Auditing auditing) {
    return turn.phase instanceof Phase.Auditing now
        && now.running().step() == auditing.running().step();
  }

  static void remind(Turn turn) {
    for (long step : turn.audit.steps().keySet()) {
      for (Check check : turn.audit.checks(step)) {
        if (check.asked() != null) {
          turn.send(check.asked(), order(turn, step, check.span(), check.asked()));
        }
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
    Phase.Running running = auditing.running();
    turn.audit =
        turn.audit.attested(running.step(), check -> Speculating.reowned(turn, running, check));
    proceed(turn);
  }

  /**
   * Asks whoever has to be asked next; decides about the steps of which nobody has; and lets the
   * training go on, if it may.
   */
  private static void proceed(Turn turn) {
    if (turn.phase instanceof Phase.Auditing && turn.lag.owes()) {
      return;
    }
    askOn(turn);
    Optional<Long> settled = settled(turn);
    while (settled.isPresent()) {
      decide(turn, settled.get());
      askOn(turn);
      settled = settled(turn);
    }
    if (turn.phase instanceof Phase.Auditing auditing && mayGoOn(turn, auditing.running().step())) {
      Stepping.ahead(turn, auditing.running());
    }
  }

  private static void askOn(Turn turn) {
    if (!stepping(turn)) {
      return;
    }
    turn.audit
        .steps()
        .forEach(
            (step, checks) -> {
              for (Check check : checks.all()) {
                boolean wants =
                    checks.attested()
                        ? check.finding(false) == Finding.UNSETTLED
                        : check.opinions().isEmpty();
                if (wants && check.asked() == null) {
                  next(turn, check).ifPresent(auditor -> ask(turn, step, check, auditor));
                }
              }
            });
  }

  /** The oldest step about which all is said that will be. */
  private static Optional<Long> settled(Turn turn) {
    return stepping(turn)
        ? turn.audit.steps().entrySet().stream()
            .filter(one -> one.getValue().settled())
            .map(Map.Entry::getKey)
            .findFirst()
        : Optional.empty();
  }

  private static boolean stepping(Turn turn) {
    return turn.phase instanceof Phase.Running
        || turn.phase instanceof Phase.Auditing
        || turn.phase instanceof Phase.Diagnosing
        || turn.phase instanceof Phase.Mending;
  }

  /**
   * Whether the step after {@code step} may begin before all audits are over. Not if something is
   * to happen between the two for which a verified version is needed, nor while it is open who was
   * wrong: a question is answered on a version that stays.
   */
  private static boolean mayGoOn(Turn turn, long step) {
    return turn.audit.owes()
        && step - turn.history.verified() <= turn.config.audits().lagSteps()
        && step < turn.config.steps()
        && turn.inquiry == null
        && turn.audit.doubts().isEmpty()
        && turn.draining.isEmpty()
        && turn.roster.grow(turn.config.mesh()).isEmpty();
  }

  private static void decide(Turn turn, long step) {
    Checks checks = Objects.requireNonNull(turn.audit.steps().get(step));
    account(turn, step, checks.all());
    List<WorkerId> outworn = new ArrayList<>();
    List<Check> open = new ArrayList<>();
    boolean wrong = false;
    for (Check check : checks.all()) {
      if (check.disputed()) {
        turn.write(
            new Note.Detected(
                turn.epoch, step, Detector.AUDIT, suspects(turn, check), check.evidence()));
      }
    }
    for (Check check : checks.all()) {
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
    if (wrong || !open.isEmpty()) {
      goBack(turn, step, outworn, open);
    } else {
      passed(turn, step, outworn);
    }
  }

  /** Two against one acquit the owner. */
  private static List<Rank> suspects(Turn turn, Check check) {
    return check.confirmed() ? List.of() : turn.suspect(check.owner());
  }

  /** What was found out about an earlier try of this step, of which somebody was wrong. */
  private static void answer(Turn turn, long step, Check now, List<WorkerId> outworn) {
    Digest right = Objects.requireNonNull(now.attested());
    Digest base = turn.history.agreed(step - 1, 0);
    for (Doubt doubt : turn.audit.doubts()) {
      Check before = doubt.check();
      if (doubt.step() == step
          && before.span().equals(now.span())
          && Objects.equals(doubt.base(), base)) {
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

  /** The step is done again, on the watermark; who was wrong too often has to go first. */
  private static void goBack(Turn turn, long step, List<WorkerId> outworn, List<Check> open) {
    Digest base = turn.history.agreed(step - 1, 0);
    List<Doubt> doubts = new ArrayList<>();
    for (Check check : open) {
      doubts.add(new Doubt(step, check, turn.audit.redos(step, check.span()) + 1, base));
    }
    turn.audit = turn.audit.givenUp(step, doubts);
    List<WorkerId> evicted = Membership.evict(turn, step, outworn, turn.roster.seats().values());
    dismiss(turn, outworn);
    String cause =
        "the audit of step "
            + step
            + " differs"
            + (open.isEmpty() ? "" : ", and only a redo can tell who was wrong");
    long newest = turn.history.newest();
    long verified = turn.history.verified();
    if (newest > verified) {
      turn.write(new Note.RolledBack(turn.epoch, newest, verified, cause));
    }
    if (!evicted.isEmpty()) {
      Epochs.open(turn, Trigger.EVICTION, "evicted " + evicted);
    } else {
      Epochs.open(turn, Trigger.ALARM, cause);
    }
  }

  /** Nothing speaks against the step any more: it is verified, when those before it are. */
  private static void passed(Turn turn, long step, List<WorkerId> outworn) {
    turn.audit = turn.audit.passed(step);
    if (turn.phase instanceof Phase.Auditing auditing && !turn.audit.owes()) {
      Stepping.settle(turn, auditing.running(), outworn);
      return;
    }
    Stepping.verify(turn);
    List<WorkerId> evicted = Membership.evict(turn, step, outworn, turn.roster.seats().values());
    if (!evicted.isEmpty()) {
      turn.audit = turn.audit.givenUp();
    }
    dismiss(turn, outworn);
    if (!evicted.isEmpty()) {
      Epochs.open(turn, Trigger.EVICTION, "evicted " + evicted);
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

  /** How much of the step was audited, and how long the training had to stand still for that. */
  private static void account(Turn turn, long step, List<Check> checks) {
    List<Span> unaudited =
        checks.stream()
            .filter(check -> check.finding(true) == Finding.UNAUDITED)
            .map(Check::span)
            .toList();
    long waited = turn.phase instanceof Phase.Auditing auditing ? turn.now - auditing.from() : 0;
    turn.write(new Note.Audited(turn.epoch, step, checks.size(), unaudited, waited));
  }
}
