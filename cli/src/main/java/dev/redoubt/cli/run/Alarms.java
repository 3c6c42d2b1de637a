package dev.redoubt.cli.run;

import dev.redoubt.cli.run.RunHistory.Timed;
import dev.redoubt.core.Detector;
import dev.redoubt.core.Note;
import dev.redoubt.core.Rank;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.Strike;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Goes through a history once and finds the first alarm of each fault, and the alarms of none.
 *
 * <p>An alarm belongs to every fault whose {@link Damage} explains it at that moment. One that
 * repeats an earlier alarm is that alarm again. What is left is false.
 */
final class Alarms {

  private final Map<String, Fault> faults = new LinkedHashMap<>();
  private final List<Damage> damages = new ArrayList<>();
  private final Map<Rank, WorkerId> seats = new HashMap<>();
  private final Map<String, Alarm> firstByFault = new HashMap<>();
  private final List<Alarm> raised = new ArrayList<>();
  private final int keepVersions;
  private final List<Alarm> unexplained = new ArrayList<>();
  private long step;

  Alarms(RunHistory history, List<Fault> plan, int keepVersions) {
    this.keepVersions = keepVersions;
    plan.forEach(fault -> faults.put(fault.id(), fault));
    List<Timed<Strike>> strikes =
        history.strikes().stream()
            .sorted(Comparator.comparingLong((Timed<Strike> strike) -> strike.nanos()))
            .toList();
    int next = 0;
    for (Timed<Note> note : history.notes()) {
      // The proof of a crash is written down later than the loss that it leads to.
      while (next < strikes.size() && strikes.get(next).nanos() <= note.nanos()) {
        strike(strikes.get(next++).what());
      }
      on(note.nanos(), note.what());
    }
  }

  private void strike(Strike strike) {
    Fault fault = faults.get(strike.faultId());
    if (fault != null) {
      damages.add(new Damage(fault, strike, keepVersions));
    }
  }

  private void on(long nanos, Note note) {
    switch (note) {
      case Note.Detected detected ->
          raise(
              new Alarm(
                  nanos,
                  detected.step(),
                  detected.detector() == Detector.AUDIT
                      ? Math.max(step, detected.step())
                      : detected.step(),
                  detected.detector(),
                  detected.suspects(),
                  holders(detected.suspects()),
                  false));
      case Note.StepStarted started -> step = started.step();
      case Note.EpochOpened opened when opened.trigger() == Note.Trigger.STALL -> stalled(nanos);
      case Note.ControllerChanged ignored -> raise(succession(nanos));
      case Note.Blamed blamed when blamed.worker() != null ->
          blamed(nanos, blamed, blamed.worker());
      case Note.WorkerLost lost ->
          raise(
              new Alarm(
                  nanos,
                  lost.step(),
                  lost.detector(),
                  lost.rank() == null ? List.of() : List.of(lost.rank()),
                  Set.of(lost.worker()),
                  true));
      default -> {}
    }
    damages.forEach(damage -> damage.after(note));
    seat(note);
  }

  private void raise(Alarm alarm) {
    boolean explained = credit(alarm);
    boolean repeated = raised.stream().anyMatch(alarm::repeats);
    raised.add(alarm);
    if (!explained && !repeated) {
      unexplained.add(alarm);
    }
  }

  /**
   * A step has passed its deadline, and is done again. That tells of nobody in particular, so it is
   * credited to what goes wrong between machines, and is no alarm otherwise.
   */
  private void stalled(long nanos) {
    Alarm alarm = new Alarm(nanos, step, Detector.DEADLINE, List.of(), Set.of(), false);
    damages.stream()
        .filter(damage -> damage.isOfTheNetwork() && damage.explains(alarm))
        .forEach(cause -> firstByFault.putIfAbsent(cause.fault().id(), alarm));
  }

  /** That a controller was missed is known when another one goes on. */
  private Alarm succession(long nanos) {
    Set<WorkerId> missed =
        damages.stream()
            .filter(Damage::strikesTheController)
            .map(Damage::victim)
            .collect(Collectors.toSet());
    return new Alarm(nanos, step, Detector.MEMBERSHIP, List.of(), missed, true);
  }

  /** While one question is open, somebody else's base may turn out to have rotted: seen as well. */
  private void blamed(long nanos, Note.Blamed blamed, WorkerId worker) {
    List<Rank> ranks = blamed.rank() == null ? List.of() : List.of(blamed.rank());
    boolean ignored =
        credit(new Alarm(nanos, blamed.step(), blamed.detector(), ranks, Set.of(worker), false));
  }

  private boolean credit(Alarm alarm) {
    List<Damage> causes = damages.stream().filter(damage -> damage.explains(alarm)).toList();
    causes.forEach(cause -> firstByFault.putIfAbsent(cause.fault().id(), alarm));
    return !causes.isEmpty();
  }

  private Set<WorkerId> holders(List<Rank> ranks) {
    Set<WorkerId> workers = new HashSet<>();
    for (Rank rank : ranks) {
      WorkerId worker = seats.get(rank);
      if (worker != null) {
        workers.add(worker);
      }
    }
    return workers;
  }

  private void seat(Note note) {
    switch (note) {
      case Note.EpochOpened opened -> {
        seats.clear();
        opened.assignment().seats().forEach(seat -> seats.put(seat.rank(), seat.worker()));
      }
      case Note.Replaced replaced -> seats.put(replaced.rank(), replaced.spare());
      default -> {}
    }
  }

  /** The first alarm that was raised because of a fault. */
  Optional<Alarm> first(Fault fault) {
    return Optional.ofNullable(firstByFault.get(fault.id()));
  }

  /** How many faults have been seen by somebody. */
  int found() {
    return firstByFault.size();
  }

  /** The workers whose faults were first seen in {@code step}. */
  Set<WorkerId> victims(long step) {
    Set<WorkerId> victims = new HashSet<>();
    for (Damage damage : damages) {
      Alarm alarm = firstByFault.get(damage.fault().id());
      if (alarm != null && alarm.step() == step) {
        victims.add(damage.victim());
      }
    }
    return victims;
  }

  /** Alarms that no fault explains; one that comes again for the same step is one. */
  int falseAlarms() {
    return unexplained.size();
  }

  /** These alarms, in order. */
  List<Alarm> unexplained() {
    return List.copyOf(unexplained);
  }
}
