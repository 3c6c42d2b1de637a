package dev.redoubt.core;

import dev.redoubt.core.Audit.Check;
import dev.redoubt.core.Audit.Doubt;
import dev.redoubt.core.Audit.Opinion;
import dev.redoubt.core.Lag.Doubled;
import dev.redoubt.core.Note.Kind;
import dev.redoubt.core.Note.Trigger;
import dev.redoubt.core.Note.Twice;
import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Work of a rank that is late is done by an idle spare too (the backup tasks of MapReduce, Dean and
 * Ghemawat 2004). Everybody takes the sum that comes first, the late rank as well: it gives up what
 * it is at and goes on with the others. If both come to a sum, the two are compared.
 *
 * <p>The step still counts only when the late rank has attested it, so there is never a rank that
 * lags behind, nor a version that it lacks; the limit of that is a rank that hangs for good: it
 * lets one limit pass after the other, and is replaced. The rejected alternative, to commit without
 * it, saves that wait, and needs a second way to catch up beside the one in {@link Epochs}.
 */
final class Speculating {

  private Speculating() {}

  /** A step begins; what spares owe of the one before is still awaited. */
  static void begin(Turn turn, long step) {
    turn.lag =
        turn.lag.nextStep(
            turn.lag.pending().stream().filter(one -> one.step() == step - 1).toList());
  }

  /** A rank is done with its own sums. */
  static void summed(Turn turn, Message.Summed message) {
    WorkerId worker = message.worker();
    if (!(turn.phase instanceof Phase.Running running)
        || message.step() != running.step()
        || !turn.roster.seats().containsValue(worker)
        || turn.lag.summed().contains(worker)) {
      turn.refuseUnasked(message);
      return;
    }
    if (turn.lag.passed(worker) == 0) {
      int microbatches = share(turn.assignment(), turn.rankOf(worker));
      turn.lag = turn.lag.with(turn.lag.pace().with(turn.now - turn.since, microbatches));
    }
    turn.lag = turn.lag.withSummed(worker);
  }

  private static int share(Assignment assignment, Rank rank) {
    return assignment.spans(rank.pod()).stream().mapToInt(Span::size).sum();
  }

  // Lateness.

  /**
   * Time has passed. Who has not summed up within its limit is late, if somebody else has: where
   * all are, it is the machine below them that is slow. Returns whether an epoch was opened.
   */
  static boolean late(Turn turn, Phase.Running running) {
    Assignment assignment = turn.assignment();
    boolean comparable = assignment.seats().size() == 1 || !turn.lag.summed().isEmpty();
    // A step in doubt is done without stand-ins: it is there to find out who was wrong.
    if (!turn.config.patience().on()
        || !comparable
        || turn.roster.spares().isEmpty()
        || turn.audit.doubts(running.step())) {
      return false;
    }
    for (Seat seat : assignment.seats()) {
      WorkerId worker = seat.worker();
      if (turn.lag.summed().contains(worker) || running.attested().containsKey(worker)) {
        continue;
      }
      OptionalDouble usual = turn.lag.pace().usualMillis(share(assignment, seat.rank()));
      if (usual.isPresent() && passes(turn, running.step(), seat, usual.getAsDouble())) {
        return true;
      }
    }
    return false;
  }

  private static boolean passes(Turn turn, long step, Seat seat, double usual) {
    WorkerId worker = seat.worker();
    Lag.Passed last = turn.lag.passed().get(worker);
    long limit = turn.config.patience().limitMillis(usual);
    if (turn.now - (last == null ? turn.since : last.at()) <= limit) {
      return false;
    }
    turn.lag = turn.lag.withLate(worker, turn.now);
    int row = turn.lag.row(worker);
    String evidence =
        "%s has not summed up its microbatches after %d ms; usual are %.0f ms, the limit is %d ms; late %d times in a row (%d at most)"
            .formatted(
                worker,
                turn.now - turn.since,
                usual,
                limit,
                row,
                turn.config.patience().timesMax());
    turn.write(new Note.Detected(turn.epoch, step, Detector.SLOW, List.of(seat.rank()), evidence));
    if (turn.lag.passed(worker) > 1 && row >= turn.config.patience().timesMax()) {
      long before = turn.epoch;
      Membership.lost(turn, worker, Detector.SLOW, "late " + row + " times in a row");
      return turn.epoch != before;
    }
    // The order may have been lost.
    turn.send(worker, Stepping.order(turn, step));
    giveAway(turn, step, seat, limit);
    return false;
  }

  /** Asks an idle spare to do the work of a late rank too, unless one does already. */
  private static void giveAway(Turn turn, long step, Seat seat, long limit) {
    List<Doubled> open =
        turn.assignment().spans(seat.rank().pod()).stream()
            .map(span -> turn.lag.doubles().getOrDefault(span, fresh(step, span, seat.worker())))
            .filter(one -> one.standIn() == null)
            .toList();
    Optional<WorkerId> spare = idle(turn, open);
    if (open.isEmpty() || spare.isEmpty()) {
      return;
    }
    for (Doubled one : open) {
      Doubled asked = one.asking(spare.get());
      turn.lag = turn.lag.with(asked);
      turn.send(spare.get(), order(turn, asked));
    }
    turn.write(
        new Note.StoodIn(
            turn.epoch,
            step,
            open.stream().map(Doubled::span).toList(),
            seat.worker(),
            seat.rank(),
            spare.get(),
            turn.now - turn.since,
            limit));
  }

  private static Doubled fresh(long step, Span span, WorkerId owner) {
    return new Doubled(step, span, owner, null, null, Set.of(), null);
  }

  private static Optional<WorkerId> idle(Turn turn, List<Doubled> open) {
    return turn.roster.spares().stream()
        .filter(spare -> turn.lag.owed().noneMatch(one -> spare.equals(one.standIn())))
        .filter(spare -> open.stream().noneMatch(one -> one.tried().contains(spare)))
        .filter(spare -> !turn.outworn(spare))
        .min(Comparator.comparingInt(spare -> turn.audit.load(spare)));
  }

  private static Message.Audit order(Turn turn, Doubled one) {
    List<WorkerId> seated = List.copyOf(turn.roster.seats().values());
    return new Message.Audit(
        turn.epoch, one.step(), one.span(), turn.history.agreed(one.step() - 1, 0), seated, seated);
  }

  static void remind(Turn turn) {
    turn.lag
        .owed()
        .forEach(one -> turn.send(Objects.requireNonNull(one.standIn()), order(turn, one)));
  }

  /** Whether sums of {@code worker} may be on their way to ranks, and nobody knows which. */
  static boolean standsIn(Turn turn, WorkerId worker) {
    return turn.lag.doubles().values().stream()
        .anyMatch(one -> one.owed() && worker.equals(one.standIn()));
  }

  /** A spare that owes a sum beyond the deadline is lost. Returns whether that opened an epoch. */
  static boolean overdue(Turn turn) {
    long before = turn.epoch;
    for (Doubled one : turn.lag.doubles().values()) {
      WorkerId spare = one.standIn();
      if (one.owed() && spare != null && turn.epoch == before) {
        String reason = "no sum in the place of " + one.owner() + " within the deadline";
        Membership.lost(turn, spare, Detector.DEADLINE, reason);
      }
    }
    return turn.epoch != before;
  }

  // Both sums.

  /** The spare has answered. */
  static void said(Turn turn, Message.Audited message) {
    Doubled one =
        turn.lag
            .owed()
            .filter(owed -> message.worker().equals(owed.standIn()))
            .filter(owed -> message.step() == owed.step() && message.span().equals(owed.span()))
            .findFirst()
            .orElse(null);
    if (one == null) {
      turn.refuseUnasked(message);
      return;
    }
    Digest digest = message.digest();
    Doubled next = digest == null ? one.unasked() : one.saying(digest);
    if (digest == null) {
      twice(turn, one, Twice.IN_VAIN, message.detail());
    }
    if (turn.lag.pending().contains(one)) {
      turn.lag = turn.lag.withoutPending(one);
      compare(turn, next);
    } else {
      turn.lag = turn.lag.with(next);
      if (turn.phase instanceof Phase.Auditing auditing && !compare(turn, next)) {
        Auditing.again(turn, auditing);
      }
    }
  }

  /** Compares what two came to, if both did. Returns whether that opened an epoch. */
  private static boolean compare(Turn turn, Doubled one) {
    if (one.differs()) {
      dispute(turn, one);
      return true;
    }
    if (one.owned() != null && one.said() != null && !(turn.phase instanceof Phase.Auditing)) {
      twice(turn, one, Twice.SAME, null);
    }
    return false;
  }

  /**
   * The step is attested, and both sums of a span are known: if they differ, some copies may hold
   * one and some the other, so that comparing the copies would blame whoever took the wrong one.
   * Returns whether an epoch was opened.
   */
  static boolean disputed(Turn turn, Phase.Running running, Inquiry copies) {
    for (Doubled one : turn.lag.doubles().values()) {
      turn.lag = turn.lag.with(one.owned(attested(running, one.owner(), one.span())));
    }
    boolean differs = turn.lag.doubles().values().stream().anyMatch(Doubled::differs);
    boolean unknown =
        turn.lag.doubles().values().stream().anyMatch(one -> one.owed() && one.owned() != null);
    if (!differs && (!unknown || copies.unanimous())) {
      return false;
    }
    if (Judging.rottenBases(turn, running, Inquiry.withoutBallots(running.step()))) {
      // A sum that was computed on it is wrong too, and that is all that is wrong with it.
      return true;
    }
    turn.lag.doubles().values().stream()
        .filter(Doubled::differs)
        .findFirst()
        .ifPresentOrElse(one -> dispute(turn, one), () -> mixed(turn, copies));
    return true;
  }

  private static void mixed(Turn turn, Inquiry copies) {
    long step = copies.step();
    turn.write(
        new Note.Detected(
            turn.epoch, step, Detector.STATE_DIGEST, copies.suspects(), copies.summary()));
    String cause = "the copies of step " + step + " differ, and a spare's sum may be in some";
    Epochs.open(turn, Trigger.ALARM, cause);
  }

  /** The digest of its own sum over {@code span}; null if it did not come to one. */
  static @Nullable Digest attested(Phase.Running running, WorkerId owner, Span span) {
    Message.Attested word = running.attested().get(owner);
    return word == null
        ? null
        : word.gradients().stream()
            .filter(gradient -> gradient.span().equals(span))
            .map(Message.GradientDigest::digest)
            .findFirst()
            .orElse(null);
  }

  /**
   * Two sums of a span differ, and either may be in the version, if it counts already. The step is
   * done again without stand-ins, the span is audited, and whoever then turns out to have said
   * something else was wrong.
   */
  private static void dispute(Turn turn, Doubled one) {
    long step = one.step();
    WorkerId spare = Objects.requireNonNull(one.standIn());
    Opinion opinion = new Opinion(spare, Objects.requireNonNull(one.said()));
    Check check =
        new Check(one.span(), one.owner(), one.owned(), null, Set.of(spare), List.of(opinion));
    twice(turn, one, Twice.DIFFERENT, check.evidence());
    List<Rank> suspects = turn.suspect(one.owner());
    turn.write(new Note.Detected(turn.epoch, step, Detector.AUDIT, suspects, check.evidence()));
    if (Auditing.undecidable(turn, step, List.of(check))) {
      return;
    }
    Digest base = turn.history.agreed(step - 1, 0);
    List<Doubt> doubts = new ArrayList<>(turn.audit.doubts());
    doubts.add(new Doubt(step, check, turn.audit.redos(step, one.span()) + 1, base));
    String cause = "a late rank and its stand-in came to different sums in step " + step;
    if (turn.history.newest() < step) {
      turn.audit = new Audit(Map.of(), doubts);
      Epochs.open(turn, Trigger.ALARM, cause);
    } else if (base != null) {
      turn.audit = new Audit(Map.of(), doubts);
      turn.write(new Note.RolledBack(turn.epoch, turn.history.newest(), step - 1, cause));
      Epochs.open(turn, Trigger.ROLLBACK, cause, step - 1);
    } else {
      String evidence = cause + ", and version " + (step - 1) + " is no longer known";
      turn.write(
          new Note.Blamed(
              turn.epoch, step, null, null, Detector.AUDIT, Kind.UNDECIDABLE, evidence));
    }
  }

  /**
   * A check of a span that its owner never came to: what is in the step is the spare's sum, and has
   * to be confirmed by somebody else. Until the spare has said what it came to, nothing is known.
   */
  static Check reowned(Turn turn, Phase.Running running, Check check) {
    Doubled one = turn.lag.doubles().get(check.span());
    Digest own = attested(running, check.owner(), check.span());
    WorkerId spare = one == null ? null : one.standIn();
    if (own != null || one == null || one.said() == null || spare == null) {
      return check.withAttested(own);
    }
    Set<WorkerId> tried = new TreeSet<>(check.tried());
    tried.add(one.owner());
    return new Check(
        check.span(),
        spare,
        one.said(),
        spare.equals(check.asked()) ? null : check.asked(),
        tried,
        check.opinions().stream().filter(opinion -> !opinion.worker().equals(spare)).toList());
  }

  // The end of the step.

  /** The step is committed. Returns who was late once too often, and has a spare to follow it. */
  static List<WorkerId> done(Turn turn, Phase.Running running) {
    List<Doubled> pending = new ArrayList<>();
    for (Doubled old : turn.lag.pending()) {
      twice(turn, old, Twice.IN_VAIN, "no answer before step " + running.step() + " was done");
    }
    for (Doubled one : turn.lag.doubles().values()) {
      if (one.owed() && one.owned() != null) {
        pending.add(one);
      } else if (one.standIn() != null) {
        twice(turn, one, one.owned() == null ? Twice.RELIEVED : Twice.SAME, null);
      }
    }
    List<WorkerId> outworn = new ArrayList<>();
    for (WorkerId worker : turn.roster.seats().values()) {
      if (turn.lag.passed(worker) == 0) {
        turn.lag = turn.lag.withoutRow(worker);
      } else if (turn.lag.row(worker) >= turn.config.patience().timesMax()
          && !turn.roster.spares().isEmpty()) {
        outworn.add(worker);
      }
    }
    turn.lag = turn.lag.nextStep(pending);
    return outworn;
  }

  private static void twice(Turn turn, Doubled one, Twice result, @Nullable String detail) {
    turn.write(
        new Note.DoneTwice(
            turn.epoch,
            one.step(),
            one.span(),
            one.owner(),
            Objects.requireNonNull(one.standIn()),
            result,
            detail));
  }
}
