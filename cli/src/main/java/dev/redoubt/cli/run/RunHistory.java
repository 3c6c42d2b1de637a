package dev.redoubt.cli.run;

import dev.redoubt.core.Note;
import dev.redoubt.fault.Strike;
import dev.redoubt.node.StepMeasure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/** What happened, in order, with the time of each. */
final class RunHistory {

  /**
   * Something that happened.
   *
   * @param nanos of {@link System#nanoTime()}
   */
  record Timed<T>(long nanos, T what) {}

  private final List<Timed<Note>> notes = new ArrayList<>();
  private final List<Timed<Strike>> strikes = new ArrayList<>();

  /** Something happened to a member as a machine. */
  record MachineEvent(String node, String kind) {}

  private final List<Timed<MachineEvent>> machines = new ArrayList<>();
  private final Map<Long, List<StepMeasure>> measures = new HashMap<>();

  synchronized void add(long nanos, Note note) {
    notes.add(new Timed<>(nanos, note));
  }

  synchronized void add(long nanos, Strike strike) {
    strikes.add(new Timed<>(nanos, strike));
  }

  synchronized void add(long nanos, MachineEvent event) {
    machines.add(new Timed<>(nanos, event));
  }

  synchronized List<Timed<MachineEvent>> machines() {
    return List.copyOf(machines);
  }

  synchronized void add(StepMeasure measure) {
    measures.computeIfAbsent(measure.step(), step -> new ArrayList<>()).add(measure);
  }

  /** What the workers measured of a step as it was committed, and not of an earlier try. */
  synchronized List<StepMeasure> measures(Note.StepCommitted committed) {
    return measures.getOrDefault(committed.step(), List.of()).stream()
        .filter(measure -> measure.epoch() == committed.assignment().epoch())
        .toList();
  }

  synchronized List<Timed<Note>> notes() {
    return List.copyOf(notes);
  }

  synchronized List<Timed<Strike>> strikes() {
    return List.copyOf(strikes);
  }

  /** Notes of one type, in order. */
  <N extends Note> List<Timed<N>> all(Class<N> type) {
    return notes().stream()
        .filter(note -> type.isInstance(note.what()))
        .map(note -> new Timed<>(note.nanos(), type.cast(note.what())))
        .toList();
  }

  /** The first note of a type, not before {@code nanos}, that is as wanted. */
  <N extends Note> Optional<Timed<N>> first(Class<N> type, long nanos, Predicate<N> wanted) {
    return all(type).stream()
        .filter(note -> note.nanos() >= nanos && wanted.test(note.what()))
        .findFirst();
  }

  /** What stands committed in the end, by step: what was rolled back is not in it. */
  NavigableMap<Long, Note.StepCommitted> standing() {
    NavigableMap<Long, Note.StepCommitted> steps = new TreeMap<>();
    for (Timed<Note> note : notes()) {
      switch (note.what()) {
        case Note.StepCommitted committed -> steps.put(committed.step(), committed);
        case Note.RolledBack back -> steps.tailMap(back.to(), false).clear();
        case Note.EpochOpened opened when opened.trigger() == Note.Trigger.SUCCESSION ->
            steps.tailMap(opened.base(), false).clear();
        default -> {}
      }
    }
    return steps;
  }
}
