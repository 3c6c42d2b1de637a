package dev.redoubt.simulator;

import dev.redoubt.core.Note;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Verdict;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What became of one injection, on two axes: what the fault did in the end, and what was done about
 * it.
 *
 * @param activated whether bits of a state or gradient really changed
 * @param harm whether the same run without any detector ends on other bits
 * @param detectedBy the detector that gave the first alarm; null if none did
 * @param detectedAtStep of that alarm; -1 if there was none
 * @param blamed the rank that was named, of several the one that was not struck; null if nobody was
 * @param blamedRight whether only the victim was blamed; null if nobody was
 */
public record Outcome(
    boolean activated,
    boolean harm,
    Effect effect,
    Response response,
    @Nullable String detectedBy,
    long detectedAtStep,
    @Nullable String blamed,
    @Nullable Boolean blamedRight) {

  /** Whether every copy ended on the golden bits. */
  public boolean golden() {
    return effect != Effect.ESCAPED && effect != Effect.LOST;
  }

  /**
   * Reads it from two runs with the same fault.
   *
   * @param run with the detectors
   * @param bare without any
   */
  static Outcome of(SimulatedRun run, SimulatedRun bare) {
    boolean activated = !run.strikes().isEmpty();
    boolean harm = !bare.endsGolden();
    Optional<Note.Detected> first =
        run.alarms().stream().min(Comparator.comparingLong(Note.Detected::step));
    Optional<Note.Blamed> word = lastWord(run);
    return new Outcome(
        activated,
        harm,
        effect(run, activated, harm),
        response(run, activated, first.isPresent(), word),
        first.map(alarm -> alarm.detector().label()).orElse(null),
        first.map(Note.Detected::step).orElse(-1L),
        word.map(Note.Blamed::rank).map(Rank::toString).orElse(null),
        word.filter(blame -> blame.worker() != null).map(blame -> struck(run, blame)).orElse(null));
  }

  private static Effect effect(SimulatedRun run, boolean activated, boolean harm) {
    if (!(run.verdict() instanceof Verdict.Completed)) {
      return Effect.LOST;
    }
    if (!run.endsGolden()) {
      return Effect.ESCAPED;
    }
    return !activated ? Effect.NOT_ACTIVATED : harm ? Effect.CORRECTED : Effect.MASKED;
  }

  private static Response response(
      SimulatedRun run, boolean activated, boolean found, Optional<Note.Blamed> word) {
    if (!activated) {
      return found ? Response.FALSE_ALARM : Response.NONE;
    }
    if (word.isEmpty()) {
      return Response.NONE;
    }
    if (word.get().worker() == null) {
      return Response.UNDECIDABLE;
    }
    if (!struck(run, word.get())) {
      return Response.WRONG_BLAME;
    }
    if (run.any(Note.Evicted.class)) {
      return Response.EVICTED;
    }
    return run.any(Note.RolledBack.class) ? Response.REWOUND : Response.REPAIRED;
  }

  /** Somebody who was not struck weighs most, then that nobody could tell, then the victim. */
  private static Optional<Note.Blamed> lastWord(SimulatedRun run) {
    List<Note.Blamed> words = run.blames();
    return words.stream()
        .filter(word -> word.worker() != null && !struck(run, word))
        .findFirst()
        .or(() -> words.stream().filter(word -> word.worker() == null).findFirst())
        .or(() -> words.stream().findFirst());
  }

  private static boolean struck(SimulatedRun run, Note.Blamed blame) {
    return run.strikes().stream()
        .anyMatch(strike -> blame.worker() != null && strike.node().equals(blame.worker().name()));
  }
}
