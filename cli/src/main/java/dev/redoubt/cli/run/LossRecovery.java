package dev.redoubt.cli.run;

import dev.redoubt.cli.run.RunHistory.Timed;
import dev.redoubt.core.Note;
import dev.redoubt.fault.Strike;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * How a run came back from one lost worker: from just before the kill to the next committed step.
 *
 * @param phases in order; together they are all of that time
 * @param stepsRepeated steps that had been committed and were computed again
 */
public record LossRecovery(List<Phase> phases, int stepsRepeated) {

  /** The loss is known to whoever decides. */
  public static final String NOTICED = "noticed";

  /** Who goes on with what, from which version, is decided. */
  public static final String DECIDED = "decided";

  /** Processes were started in place of those that are gone. */
  public static final String STARTED = "started";

  /** Everybody holds the version to go on from, verified. */
  public static final String MOVED = "moved";

  /** Steps that had been committed are committed again. */
  public static final String REPLAYED = "replayed";

  /** The step that was struck is committed. */
  public static final String RUNNING = "running";

  /** Copies the list. */
  public LossRecovery {
    phases = List.copyOf(phases);
  }

  /** A part of the way back, in nanoseconds. */
  public record Phase(String name, long nanos) {}

  /** All of it. */
  public long nanos() {
    return phases.stream().mapToLong(Phase::nanos).sum();
  }

  /** One phase; 0 if the way back had none of that name. */
  public long nanos(String name) {
    return phases.stream().filter(phase -> phase.name().equals(name)).mapToLong(Phase::nanos).sum();
  }

  /** The moments of a way back, each named by what ended at it. */
  static final class Moments {

    private final List<Phase> phases = new ArrayList<>();
    private long last;

    Moments(long struckAt) {
      last = struckAt;
    }

    Moments at(String phase, long nanos) {
      phases.add(new Phase(phase, nanos - last));
      last = nanos;
      return this;
    }

    LossRecovery repeating(int steps) {
      return new LossRecovery(phases, steps);
    }
  }

  /**
   * Out of the memory of those that are left.
   *
   * @throws IllegalStateException if the run did not get that far
   */
  static LossRecovery inMemory(RunHistory history, String fault) {
    Timed<Strike> strike = strike(history, fault);
    long struck = strike.nanos();
    long step = strike.what().step();
    Timed<Note.WorkerLost> lost =
        next(
            history,
            Note.WorkerLost.class,
            struck,
            note -> note.worker().name().equals(strike.what().node()));
    Timed<Note.EpochOpened> epoch =
        next(history, Note.EpochOpened.class, lost.nanos(), note -> true);
    // Of several epochs in a row the last one counts: it is the one that the step is done in.
    Timed<Note.StepCommitted> committed =
        next(history, Note.StepCommitted.class, epoch.nanos(), note -> true);
    Timed<Note.StepStarted> started =
        next(
            history,
            Note.StepStarted.class,
            epoch.nanos(),
            note -> note.epoch() == committed.what().epoch());
    return new Moments(struck)
        .at(NOTICED, lost.nanos())
        .at(DECIDED, epoch.nanos())
        .at(MOVED, started.nanos())
        .at(RUNNING, committed.nanos())
        .repeating(Math.toIntExact(step - committed.what().step()));
  }

  static Timed<Strike> strike(RunHistory history, String fault) {
    return history.strikes().stream()
        .filter(strike -> strike.what().faultId().equals(fault))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the fault '" + fault + "' did not strike"));
  }

  static <N extends Note> Timed<N> next(
      RunHistory history, Class<N> type, long from, Predicate<N> wanted) {
    return history
        .first(type, from, wanted)
        .orElseThrow(
            () -> new IllegalStateException("no " + type.getSimpleName() + " came after the loss"));
  }
}
