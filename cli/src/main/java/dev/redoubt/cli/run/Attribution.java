package dev.redoubt.cli.run;

import static dev.redoubt.core.Detector.SLOW;

import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.run.RunHistory.Timed;
import dev.redoubt.cli.scenario.Detector;
import dev.redoubt.cli.scenario.Effect;
import dev.redoubt.cli.scenario.Response;
import dev.redoubt.core.Note;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Verdict;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.DataFault;
import dev.redoubt.fault.Drain;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.Hang;
import dev.redoubt.fault.NetworkFault;
import dev.redoubt.fault.Slow;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.TheController;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What became of each fault: which alarm it raised ({@link Alarms}), who was blamed for it, what
 * was done, and what was left of it in the bits.
 */
final class Attribution {

  private final RunHistory history;
  private final List<Fault> faults;
  private final Function<Note.StepCommitted, Optional<Boolean>> bits;
  private final Alarms alarms;

  /**
   * Goes through the history.
   *
   * @param keepVersions that each worker holds
   * @param bits whether a committed step has the golden bits; empty if nobody can say
   */
  Attribution(
      RunHistory history,
      List<Fault> faults,
      int keepVersions,
      Function<Note.StepCommitted, Optional<Boolean>> bits) {
    this.history = history;
    this.faults = faults;
    this.bits = bits;
    this.alarms = new Alarms(history, faults, keepVersions);
  }

  /**
   * One report for each fault, in the order of the plan.
   *
   * @param golden whether the run ended on the golden bits; null if nobody can say
   * @param stuck whether it was not over in time
   */
  List<FaultReport> reports(@Nullable Boolean golden, @Nullable Verdict verdict, boolean stuck) {
    return faults.stream().map(fault -> report(fault, golden, verdict, stuck)).toList();
  }

  /** Alarms that no fault explains. */
  int falseAlarms() {
    return alarms.falseAlarms();
  }

  /** These alarms, in order. */
  List<Alarm> unexplained() {
    return alarms.unexplained();
  }

  private FaultReport report(
      Fault fault, @Nullable Boolean golden, @Nullable Verdict verdict, boolean stuck) {
    Optional<Timed<Strike>> strike =
        history.strikes().stream()
            .filter(struck -> struck.what().faultId().equals(fault.id()))
            .findFirst();
    if (strike.isEmpty()) {
      return missed(fault);
    }
    Optional<Alarm> alarm = alarms.first(fault);
    return new Story(fault, strike.get(), alarm.orElse(null), golden, verdict, stuck).report();
  }

  private FaultReport missed(Fault fault) {
    long begun =
        history.all(Note.StepStarted.class).stream()
            .mapToLong(note -> note.what().step())
            .max()
            .orElse(0);
    String why =
        begun < fault.when().step()
            ? "the run ended before step " + fault.when().step()
            : "nothing proves that it did";
    return new FaultReport(
        fault.id(),
        fault.kind(),
        false,
        null,
        why,
        false,
        null,
        null,
        null,
        null,
        null,
        Response.NONE,
        Effect.NOT_ACTIVATED);
  }

  /** A fault that struck, and the alarm that it raised, if any. */
  private final class Story {

    private final Fault fault;
    private final Timed<Strike> strike;
    private final WorkerId victim;
    private final @Nullable Alarm alarm;
    private final @Nullable Boolean golden;
    private final @Nullable Verdict verdict;
    private final boolean stuck;

    Story(
        Fault fault,
        Timed<Strike> strike,
        @Nullable Alarm alarm,
        @Nullable Boolean golden,
        @Nullable Verdict verdict,
        boolean stuck) {
      this.fault = fault;
      this.strike = strike;
      this.victim = new WorkerId(strike.what().node());
      this.alarm = alarm;
      this.golden = golden;
      this.verdict = verdict;
      this.stuck = stuck;
    }

    FaultReport report() {
      Alarm found = alarm;
      if (fault instanceof Drain) {
        return report((String) null, null, succession(strike.nanos() - 1));
      }
      if (found == null) {
        return report((String) null, null, Response.NONE);
      }
      if (Damage.losesItsMachine(fault) && found.loss()) {
        Rank rank =
            fault.target() instanceof Target target ? new Rank(target.pod(), target.rank()) : null;
        return report(rank, true, lossResponse(found));
      }
      if (found.detector() == SLOW) {
        return late(found);
      }
      Optional<Note.Blamed> word = lastWord(found);
      Boolean right = word.map(Note.Blamed::worker).map(victim::equals).orElse(null);
      return report(word.map(Story::name).orElse(null), right, response(found, word));
    }

    /** Nobody is to blame for being late; who was too often has to go. */
    private FaultReport late(Alarm found) {
      long from = found.nanos();
      Rank rank = found.suspects().isEmpty() ? null : found.suspects().getFirst();
      if (history.first(Note.Evicted.class, from, n -> n.worker().equals(victim)).isPresent()) {
        return report(rank, true, Response.EVICTED);
      }
      if (history.first(Note.WorkerLost.class, from, n -> n.worker().equals(victim)).isPresent()) {
        return report(rank, true, lossResponse(found));
      }
      boolean stoodIn =
          history.first(Note.StoodIn.class, from, n -> n.late().equals(victim)).isPresent();
      return report((String) null, null, stoodIn ? Response.SPECULATED : Response.NONE);
    }

    /** By its place; a spare has none, and is named itself. */
    private static @Nullable String name(Note.Blamed word) {
      return word.rank() != null
          ? word.rank().toString()
          : word.worker() != null ? word.worker().name() : null;
    }

    private FaultReport report(@Nullable Rank blamed, @Nullable Boolean right, Response response) {
      return report(blamed == null ? null : blamed.toString(), right, response);
    }

    private FaultReport report(
        @Nullable String blamed, @Nullable Boolean right, Response response) {
      return new FaultReport(
          fault.id(),
          fault.kind(),
          true,
          Math.toIntExact(strike.what().step()),
          strike.what().evidence(),
          alarm != null,
          alarm == null ? null : Detector.valueOf(alarm.detector().name()),
          alarm == null ? null : Integer.valueOf(Math.toIntExact(alarm.during())),
          alarm == null ? null : Double.valueOf((alarm.nanos() - strike.nanos()) * 1e-9),
          blamed,
          blamed == null ? null : right,
          response,
          effect());
    }

    /**
     * Who was blamed in the end: nobody if it could not be decided; a machine that no fault struck
     * weighs more than the one that was struck, because that is what a user must hear of.
     */
    private Optional<Note.Blamed> lastWord(Alarm found) {
      long end = answered(found).map(Timed::nanos).orElse(Long.MAX_VALUE);
      List<Note.Blamed> words =
          history.all(Note.Blamed.class).stream()
              .filter(word -> word.nanos() >= found.nanos() && word.nanos() <= end)
              .map(Timed::what)
              .filter(word -> word.step() == found.step())
              .toList();
      return first(words, word -> word.worker() == null)
          .or(() -> first(words, this::innocent))
          .or(() -> first(words, word -> victim.equals(word.worker())));
    }

    private Optional<Note.Blamed> first(
        List<Note.Blamed> words, java.util.function.Predicate<Note.Blamed> wanted) {
      return words.stream().filter(wanted).findFirst();
    }

    private boolean innocent(Note.Blamed word) {
      return word.worker() != null && !alarms.victims(word.step()).contains(word.worker());
    }

    /** The commit that ends the question: of the step that the alarm was about, or a later one. */
    private Optional<Timed<Note.StepCommitted>> answered(Alarm found) {
      return history.first(
          Note.StepCommitted.class, found.nanos(), note -> note.step() >= found.step());
    }

    private boolean wentOn(Alarm found) {
      return answered(found).isPresent();
    }

    private Response lossResponse(Alarm found) {
      if (verdict instanceof Verdict.Lost && !wentOn(found)) {
        return Response.NONE;
      }
      long from = found.nanos();
      if (fault.target() instanceof TheController) {
        return history.first(Note.ControllerChanged.class, from, n -> true).isPresent()
            ? Response.REPLACED
            : Response.NONE;
      }
      return succession(from);
    }

    /** Who has the victim's rank now. */
    private Response succession(long from) {
      if (history.first(Note.Replaced.class, from, n -> n.lost().equals(victim)).isPresent()) {
        return Response.REPLACED;
      }
      return history.first(Note.Dissolved.class, from, n -> n.lost().equals(victim)).isPresent()
          ? Response.DISSOLVED
          : Response.NONE;
    }

    private Response response(Alarm found, Optional<Note.Blamed> word) {
      boolean evicted =
          history
              .first(
                  Note.Evicted.class,
                  found.nanos(),
                  note -> note.worker().equals(victim) && (lasts() || note.step() == found.step()))
              .isPresent();
      if (evicted || offAfterScan(found)) {
        return Response.EVICTED;
      }
      if (word.isEmpty()) {
        // Nobody was blamed: maybe the machine was lost before the question was answered.
        boolean lost = lostBefore(answered(found).map(Timed::nanos).orElse(Long.MAX_VALUE), found);
        if (lost) {
          return lossResponse(found);
        }
        // What went wrong on the way accuses nobody: the step is done again.
        return fault instanceof NetworkFault && wentOn(found) ? Response.REPAIRED : Response.NONE;
      }
      if (word.get().worker() == null) {
        return Response.UNDECIDABLE;
      }
      if (!victim.equals(word.get().worker())) {
        return Response.WRONG_BLAME;
      }
      return rewound(found) ? Response.REWOUND : Response.REPAIRED;
    }

    /** A spare has no rank to lose, and is taken off all the same. */
    private boolean offAfterScan(Alarm found) {
      return history
          .first(
              Note.WorkerLost.class,
              found.nanos(),
              note ->
                  note.worker().equals(victim) && note.detector() == dev.redoubt.core.Detector.SCAN)
          .isPresent();
    }

    /** One that strikes again and again is answered when it is over, not when it is seen. */
    private boolean lasts() {
      return fault instanceof DataFault data && !data.recurrence().once();
    }

    private boolean lostBefore(long end, Alarm found) {
      return history
          .first(Note.WorkerLost.class, found.nanos(), note -> note.worker().equals(victim))
          .filter(note -> note.nanos() <= end)
          .isPresent();
    }

    private boolean rewound(Alarm found) {
      long end = answered(found).map(Timed::nanos).orElse(Long.MAX_VALUE);
      return history
          .first(Note.RolledBack.class, found.nanos(), note -> true)
          .filter(note -> note.nanos() <= end)
          .isPresent();
    }

    private @Nullable Effect effect() {
      boolean lost = verdict instanceof Verdict.Lost && !(alarm != null && wentOn(alarm));
      if (fault instanceof Crash) {
        return lost ? Effect.LOST : Effect.CRASH;
      }
      if (fault instanceof Hang) {
        return lost ? Effect.LOST : Effect.HANG;
      }
      if (alarm == null && stuck && !(fault instanceof DataFault)) {
        return Effect.HANG;
      }
      if (alarm == null || fault instanceof Slow) {
        return golden == null ? null : golden ? Effect.MASKED : Effect.ESCAPED;
      }
      if (Boolean.TRUE.equals(golden)) {
        return Effect.CORRECTED;
      }
      return lost ? Effect.LOST : provenByCommits(alarm);
    }

    /**
     * A fault that was seen, in a run that did not end on the golden bits: the step that was
     * committed after it tells whether it is to blame.
     */
    private @Nullable Effect provenByCommits(Alarm found) {
      Optional<Boolean> after = answered(found).map(Timed::what).flatMap(bits);
      if (after.isEmpty()) {
        return Boolean.FALSE.equals(golden) && undetectedElsewhere().isEmpty()
            ? Effect.ESCAPED
            : null;
      }
      if (after.get()) {
        return Effect.CORRECTED;
      }
      Optional<Boolean> before =
          history.all(Note.StepCommitted.class).stream()
              .filter(note -> note.nanos() < strike.nanos())
              .map(Timed::what)
              .flatMap(note -> bits.apply(note).stream())
              .reduce((earlier, later) -> later);
      return before.orElse(true) ? Effect.ESCAPED : null;
    }

    private List<Timed<Strike>> undetectedElsewhere() {
      return history.strikes().stream()
          .filter(other -> !other.what().faultId().equals(fault.id()))
          .filter(other -> undetected(other.what().faultId()))
          .toList();
    }

    private boolean undetected(String id) {
      return faults.stream().anyMatch(f -> f.id().equals(id) && alarms.first(f).isEmpty());
    }
  }
}
