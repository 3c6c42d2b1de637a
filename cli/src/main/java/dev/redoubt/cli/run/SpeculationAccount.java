package dev.redoubt.cli.run;

import dev.redoubt.cli.report.RunOutcome;
import dev.redoubt.cli.run.RunHistory.Timed;
import dev.redoubt.core.Detector;
import dev.redoubt.core.Note;
import dev.redoubt.core.Note.Twice;
import dev.redoubt.core.Patience;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What spares did for late ranks, and how long that took. */
final class SpeculationAccount {

  private SpeculationAccount() {}

  /** Null if no rank could be late. */
  static RunOutcome.@Nullable Speculation of(RunHistory history, Patience patience) {
    if (!patience.on()) {
      return null;
    }
    List<Timed<Note.StoodIn>> stoodIn = history.all(Note.StoodIn.class);
    return new RunOutcome.Speculation(
        patience.factor(),
        (int)
            history.all(Note.Detected.class).stream()
                .filter(note -> note.what().detector() == Detector.SLOW)
                .count(),
        stoodIn.stream().mapToInt(note -> note.what().spans().size()).sum(),
        count(history, Twice.RELIEVED),
        count(history, Twice.SAME),
        count(history, Twice.DIFFERENT),
        count(history, Twice.IN_VAIN),
        median(stoodIn.stream().mapToDouble(note -> note.what().lateMillis() * 1e-3).toArray()),
        median(
            stoodIn.stream()
                .flatMap(note -> committed(history, note).stream())
                .mapToDouble(nanos -> nanos * 1e-9)
                .toArray()));
  }

  private static int count(RunHistory history, Twice result) {
    return (int)
        history.all(Note.DoneTwice.class).stream()
            .filter(note -> note.what().result() == result)
            .count();
  }

  /** From the order to the spare to the commit, if the step was committed in that epoch. */
  private static Optional<Long> committed(RunHistory history, Timed<Note.StoodIn> stoodIn) {
    return history
        .first(
            Note.StepCommitted.class,
            stoodIn.nanos(),
            commit ->
                commit.step() == stoodIn.what().step() && commit.epoch() == stoodIn.what().epoch())
        .map(commit -> commit.nanos() - stoodIn.nanos());
  }

  /** By nearest rank; null of nothing. */
  private static @Nullable Double median(double[] all) {
    double[] sorted = all.clone();
    Arrays.sort(sorted);
    return sorted.length == 0 ? null : sorted[(sorted.length - 1) / 2];
  }
}
