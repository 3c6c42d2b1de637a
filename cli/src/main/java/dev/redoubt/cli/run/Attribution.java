package dev.redoubt.cli.run;

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
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.Strike;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which alarm belongs to which fault. An alarm belongs to a fault if it came after the strike and
 * suspects the rank that was struck; all alarms about the same step and rank are one. What belongs
 * to no fault is a false alarm.
 */
final class Attribution {

  /** What an alarm said: the same for a detector's word and for a machine that is gone. */
  private record Alarm(long nanos, long step, String detector, List<Rank> suspects) {}

  private final RunHistory history;
  private final List<Fault> faults;
  private final List<Alarm> alarms = new ArrayList<>();
  private final Set<Alarm> explained = new HashSet<>();

  Attribution(RunHistory history, List<Fault> faults) {
    this.history = history;
    this.faults = faults;
    for (Timed<Note> note : history.notes()) {
      switch (note.what()) {
        case Note.Detected detected ->
            alarms.add(
                new Alarm(
                    note.nanos(),
                    detected.step(),
                    detected.detector().name(),
                    detected.suspects()));
        case Note.WorkerLost lost ->
            alarms.add(
                new Alarm(
                    note.nanos(),
                    lost.step(),
                    lost.detector().name(),
                    lost.rank() == null ? List.of() : List.of(lost.rank())));
        default -> {}
      }
    }
  }

  /**
   * One report for each fault, in the order of the plan.
   *
   * @param golden whether the run ended on the golden bits; null if nobody can say
   */
  List<FaultReport> reports(@Nullable Boolean golden, @Nullable Verdict verdict) {
    return faults.stream().map(fault -> report(fault, golden, verdict)).toList();
  }

  /** How many faults have been seen by somebody. */
  int found() {
    return (int) reports(null, null).stream().filter(FaultReport::detected).count();
  }

  /** Alarms that no fault explains; meaningful after {@link #reports}. */
  int falseAlarms() {
    return (int) alarms.stream().filter(alarm -> !explained.contains(alarm)).count();
  }

  private FaultReport report(Fault fault, @Nullable Boolean golden, @Nullable Verdict verdict) {
    Optional<Timed<Strike>> strike =
        history.strikes().stream()
            .filter(struck -> struck.what().faultId().equals(fault.id()))
            .findFirst();
    if (strike.isEmpty()) {
      return new FaultReport(
          fault.id(),
          fault.kind(),
          false,
          null,
          "nothing proves that it struck",
          false,
          null,
          null,
          null,
          null,
          null,
          Response.NONE,
          Effect.NOT_ACTIVATED);
    }
    return struck(fault, strike.get(), golden, verdict);
  }

  private FaultReport struck(
      Fault fault, Timed<Strike> strike, @Nullable Boolean golden, @Nullable Verdict verdict) {
    WorkerId victim = new WorkerId(strike.what().node());
    Rank rank = new Rank(fault.target().pod(), fault.target().rank());
    Optional<Alarm> alarm = alarm(fault, strike, rank);
    Optional<Note.Blamed> blamed =
        fault instanceof Crash ? Optional.empty() : alarm.flatMap(this::blamed);
    Rank named = fault instanceof Crash && alarm.isPresent() ? rank : rankOf(blamed);
    boolean right =
        fault instanceof Crash
            || blamed.map(Note.Blamed::worker).filter(victim::equals).isPresent();
    return new FaultReport(
        fault.id(),
        fault.kind(),
        true,
        Math.toIntExact(strike.what().step()),
        strike.what().evidence(),
        alarm.isPresent(),
        alarm.map(found -> Detector.valueOf(found.detector())).orElse(null),
        alarm.map(found -> Math.toIntExact(found.step())).orElse(null),
        alarm.map(found -> (found.nanos() - strike.nanos()) * 1e-9).orElse(null),
        named == null ? null : named.toString(),
        named == null ? null : right,
        response(strike, victim, alarm, blamed, right),
        effect(fault, alarm.isPresent(), golden, verdict));
  }

  private static @Nullable Rank rankOf(Optional<Note.Blamed> blamed) {
    return blamed.isPresent() ? blamed.get().rank() : null;
  }

  /**
   * The first alarm of the fault; the others about the same step and rank are explained with it.
   */
  private Optional<Alarm> alarm(Fault fault, Timed<Strike> strike, Rank rank) {
    Optional<Alarm> first =
        alarms.stream()
            .filter(alarm -> alarm.nanos() >= strike.nanos() && alarm.suspects().contains(rank))
            .filter(alarm -> isLoss(alarm) == (fault instanceof Crash))
            .filter(alarm -> !explained.contains(alarm) || belongs(alarm, strike))
            .findFirst();
    first.ifPresent(
        found ->
            alarms.stream()
                .filter(alarm -> alarm.nanos() >= strike.nanos())
                .filter(alarm -> alarm.suspects().contains(rank) && alarm.step() == found.step())
                .forEach(explained::add));
    return first;
  }

  private static boolean belongs(Alarm alarm, Timed<Strike> strike) {
    return alarm.step() == strike.what().step();
  }

  private static boolean isLoss(Alarm alarm) {
    return alarm.detector().equals(Detector.MEMBERSHIP.name())
        || alarm.detector().equals(Detector.DEADLINE.name());
  }

  private Optional<Note.Blamed> blamed(Alarm alarm) {
    return history
        .first(Note.Blamed.class, alarm.nanos(), note -> note.step() == alarm.step())
        .map(Timed::what);
  }

  private Response response(
      Timed<Strike> strike,
      WorkerId victim,
      Optional<Alarm> alarm,
      Optional<Note.Blamed> blamed,
      boolean right) {
    long from = strike.nanos();
    if (alarm.isEmpty()) {
      return Response.NONE;
    }
    if (history.first(Note.Evicted.class, from, note -> note.worker().equals(victim)).isPresent()) {
      return Response.EVICTED;
    }
    if (history.first(Note.Replaced.class, from, note -> note.lost().equals(victim)).isPresent()) {
      return Response.REPLACED;
    }
    if (history.first(Note.Dissolved.class, from, note -> note.lost().equals(victim)).isPresent()) {
      return Response.DISSOLVED;
    }
    if (blamed.isPresent() && blamed.get().worker() == null) {
      return Response.UNDECIDABLE;
    }
    if (blamed.isEmpty() || !right) {
      return blamed.isEmpty() ? Response.NONE : Response.WRONG_BLAME;
    }
    boolean rolledBack = history.first(Note.RolledBack.class, from, note -> true).isPresent();
    return rolledBack ? Response.REWOUND : Response.REPAIRED;
  }

  private static @Nullable Effect effect(
      Fault fault, boolean detected, @Nullable Boolean golden, @Nullable Verdict verdict) {
    if (verdict instanceof Verdict.Lost) {
      return Effect.LOST;
    }
    if (fault instanceof Crash) {
      return Effect.CRASH;
    }
    if (golden == null) {
      return null;
    }
    if (!golden) {
      return Effect.ESCAPED;
    }
    return detected ? Effect.CORRECTED : Effect.MASKED;
  }
}
