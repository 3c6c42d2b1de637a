package dev.redoubt.cli.run;

import dev.redoubt.cli.report.RunOutcome.Samples;
import dev.redoubt.cli.run.RunHistory.Timed;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.core.Note;
import dev.redoubt.core.Span;
import java.util.HashMap;
import java.util.Map;

/** Counts how often each microbatch of each step is in the committed history. */
final class SampleAccount {

  private SampleAccount() {}

  static Samples of(RunHistory history, Scenario scenario) {
    Map<Long, Map<Integer, Integer>> uses = new HashMap<>();
    for (Timed<Note> note : history.notes()) {
      switch (note.what()) {
        case Note.StepCommitted committed -> {
          Map<Integer, Integer> step =
              uses.computeIfAbsent(committed.step(), number -> new HashMap<>());
          for (Span span : committed.assignment().spans()) {
            for (int microbatch = span.from(); microbatch < span.to(); microbatch++) {
              step.merge(microbatch, 1, Integer::sum);
            }
          }
        }
        case Note.RolledBack back -> uses.keySet().removeIf(step -> step > back.to());
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
    return new Samples(scenario.train().samples(), used * rows, duplicated * rows);
  }
}
