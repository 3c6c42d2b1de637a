package dev.redoubt.simulator;

import dev.redoubt.core.Note;
import dev.redoubt.fault.BitFlip;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What became of one injection, on two axes: what the fault would have done, and what was done
 * about it.
 *
 * @param activated whether bits of a state or gradient really changed
 * @param harm whether the same run without any detector ends on other bits; what was activated and
 *     does no harm is masked
 * @param found the first detector that gave an alarm; null if none did
 * @param afterSteps from the strike to that alarm; -1 if there was none
 * @param blame on whom
 * @param golden whether every copy ends on the golden bits: if not, the fault escaped
 */
public record Outcome(
    boolean activated,
    boolean harm,
    @Nullable String found,
    long afterSteps,
    Blame blame,
    boolean golden) {

  /** On whom the blame fell. */
  public enum Blame {
    NOBODY,
    THE_VICTIM,
    SOMEBODY_ELSE
  }

  /**
   * Reads it from two runs with the same fault.
   *
   * @param run with the detectors
   * @param bare without any
   */
  static Outcome of(BitFlip flip, SimulatedRun run, SimulatedRun bare) {
    Optional<Note.Detected> first =
        run.alarms().stream().min(Comparator.comparingLong(Note.Detected::step));
    return new Outcome(
        !run.strikes().isEmpty(),
        !bare.endsGolden(),
        first.map(alarm -> alarm.detector().label()).orElse(null),
        first.map(alarm -> alarm.step() - flip.when().step()).orElse(-1L),
        blame(run),
        run.endsGolden());
  }

  private static Blame blame(SimulatedRun run) {
    List<Note.Blamed> blames =
        run.blames().stream().filter(blame -> blame.worker() != null).toList();
    if (blames.isEmpty()) {
      return Blame.NOBODY;
    }
    boolean right =
        blames.stream()
            .allMatch(
                blame ->
                    run.strikes().stream()
                        .anyMatch(
                            strike ->
                                blame.worker() != null
                                    && strike.node().equals(blame.worker().name())));
    return right ? Blame.THE_VICTIM : Blame.SOMEBODY_ELSE;
  }
}
