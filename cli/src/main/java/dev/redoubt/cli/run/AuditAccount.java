package dev.redoubt.cli.run;

import dev.redoubt.cli.report.RunOutcome;
import dev.redoubt.core.Audits;
import dev.redoubt.core.Note;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How much of a run was audited, and what that took. A step that was redone counts once. */
final class AuditAccount {

  private AuditAccount() {}

  /** Null if the run had no audits. */
  static RunOutcome.@Nullable Audits of(RunHistory history, Audits asked) {
    if (!asked.on()) {
      return null;
    }
    NavigableMap<Long, Note.Audited> steps = new TreeMap<>();
    history.all(Note.Audited.class).forEach(note -> steps.put(note.what().step(), note.what()));
    steps.keySet().retainAll(history.standing().keySet());
    int drawn = steps.values().stream().mapToInt(Note.Audited::drawn).sum();
    int unaudited = steps.values().stream().mapToInt(step -> step.unaudited().size()).sum();
    List<Note.Recomputed> done =
        history.all(Note.Recomputed.class).stream()
            .map(RunHistory.Timed::what)
            .filter(one -> one.flaw() == null)
            .toList();
    return new RunOutcome.Audits(
        asked.fraction(),
        drawn,
        drawn - unaudited,
        unaudited,
        (int) steps.values().stream().filter(step -> !step.unaudited().isEmpty()).count(),
        median(fetches(done), micros -> micros, 1e-6),
        median(done, Note.Recomputed::computeMicros, 1e-6),
        median(List.copyOf(steps.values()), Note.Audited::waitedMillis, 1e-3));
  }

  /** An auditor fetches a version once, and reads it again for each further span. */
  private static List<Long> fetches(List<Note.Recomputed> done) {
    return List.copyOf(
        done.stream()
            .collect(
                Collectors.groupingBy(
                    one -> List.of(one.epoch(), one.step(), one.auditor()),
                    Collectors.summingLong(Note.Recomputed::fetchMicros)))
            .values());
  }

  /** By nearest rank; null of nothing. */
  private static <T> @Nullable Double median(List<T> all, ToLongFunction<T> figure, double unit) {
    long[] sorted = all.stream().mapToLong(figure).sorted().toArray();
    return sorted.length == 0 ? null : sorted[(sorted.length - 1) / 2] * unit;
  }
}
