package dev.redoubt.cli.run;

import dev.redoubt.cli.report.RunOutcome.OfSource;
import dev.redoubt.cli.report.RunOutcome.Samples;
import dev.redoubt.cli.run.RunHistory.Timed;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.core.Note;
import dev.redoubt.core.Span;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Counts how often each microbatch of each step is in the committed history. */
final class SampleAccount {

  private SampleAccount() {}

  static Samples of(RunHistory history, Scenario scenario, dev.redoubt.trainer.data.Samples data) {
    Map<Long, Map<Integer, Integer>> uses = new HashMap<>();
    Map<Long, Long> said = new HashMap<>();
    for (Timed<Note> note : history.notes()) {
      switch (note.what()) {
        case Note.StepCommitted committed
            when Objects.equals(
                    said.put(committed.step(), committed.assignment().epoch()),
                    committed.assignment().epoch())
                && committed.epoch() != committed.assignment().epoch() -> {
          // A new controller says again what the one before it said: it was computed once.
        }
        case Note.StepCommitted committed -> {
          Map<Integer, Integer> step =
              uses.computeIfAbsent(committed.step(), number -> new HashMap<>());
          for (Span span : committed.assignment().spans()) {
            for (int microbatch = span.from(); microbatch < span.to(); microbatch++) {
              step.merge(microbatch, 1, Integer::sum);
            }
          }
        }
        case Note.RolledBack back -> undo(uses, said, back.to());
        case Note.EpochOpened opened when opened.trigger() == Note.Trigger.SUCCESSION ->
            // The controller before may have written down what it could not say to a majority.
            undo(uses, said, opened.base());
        default -> {}
      }
    }
    long used = uses.values().stream().mapToLong(Map::size).sum();
    long duplicated =
        uses.values().stream()
            .flatMap(step -> step.values().stream())
            .filter(count -> count > 1)
            .count();
    int rows = scenario.train().batchSize();
    return new Samples(
        scenario.train().samples(),
        used * rows,
        duplicated * rows,
        sources(scenario.train(), uses, data));
  }

  private static void undo(Map<Long, Map<Integer, Integer>> uses, Map<Long, Long> said, long base) {
    uses.keySet().removeIf(step -> step > base);
    said.keySet().removeIf(step -> step > base);
  }

  private static List<OfSource> sources(
      Scenario.Train train,
      Map<Long, Map<Integer, Integer>> uses,
      dev.redoubt.trainer.data.Samples data) {
    Map<String, long[]> counts = new TreeMap<>();
    for (long step = 1; step <= train.steps(); step++) {
      Map<Integer, Integer> used = uses.getOrDefault(step, Map.of());
      for (int microbatch = 0; microbatch < train.microbatches(); microbatch++) {
        for (int row = 0; row < train.batchSize(); row++) {
          String source = data.source(data.indexOf(step, microbatch, row));
          long[] count = counts.computeIfAbsent(source, _ -> new long[2]);
          count[0]++;
          count[1] += used.containsKey(microbatch) ? 1 : 0;
        }
      }
    }
    return counts.entrySet().stream()
        .map(each -> new OfSource(each.getKey(), each.getValue()[0], each.getValue()[1]))
        .toList();
  }
}
