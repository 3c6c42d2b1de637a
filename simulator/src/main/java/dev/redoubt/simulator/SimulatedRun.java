package dev.redoubt.simulator;

import dev.redoubt.core.Note;
import dev.redoubt.core.Verdict;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.Strike;
import java.util.List;

/**
 * What became of a simulated run.
 *
 * @param verdict of the controller
 * @param notes its journal
 * @param strikes the proofs of the faults that struck
 * @param golden what the last version has to be
 */
public record SimulatedRun(Verdict verdict, List<Note> notes, List<Strike> strikes, Digest golden) {

  /** Whether the run was completed and every copy of the last version has the golden bits. */
  public boolean endsGolden() {
    return verdict instanceof Verdict.Completed completed
        && !completed.finals().isEmpty()
        && completed.finals().stream().allMatch(last -> last.digest().equals(golden));
  }

  /** Whether there is a note of that kind. */
  boolean any(Class<? extends Note> kind) {
    return notes.stream().anyMatch(kind::isInstance);
  }

  /** All alarms. */
  public List<Note.Detected> alarms() {
    return notes.stream()
        .filter(Note.Detected.class::isInstance)
        .map(Note.Detected.class::cast)
        .toList();
  }

  /** All verdicts about workers. */
  public List<Note.Blamed> blames() {
    return notes.stream()
        .filter(Note.Blamed.class::isInstance)
        .map(Note.Blamed.class::cast)
        .toList();
  }
}
