package dev.redoubt.core;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How often each worker was late in a row, counted from what one controller wrote down. */
final class Tardiness {

  private final Map<WorkerId, Integer> inARow = new HashMap<>();
  private final Set<WorkerId> now = new HashSet<>();
  private @Nullable Assignment assignment;

  void on(Note note) {
    switch (note) {
      case Note.EpochOpened opened -> {
        assignment = opened.assignment();
        now.clear();
      }
      case Note.Detected detected when detected.detector() == Detector.SLOW ->
          detected.suspects().forEach(this::late);
      case Note.StepCommitted commit -> {
        commit.assignment().workers().stream()
            .filter(worker -> !now.contains(worker))
            .forEach(inARow::remove);
        now.clear();
      }
      default -> {}
    }
  }

  private void late(Rank rank) {
    if (assignment != null) {
      assignment.seats().stream()
          .filter(seat -> seat.rank().equals(rank))
          .forEach(
              seat -> {
                now.add(seat.worker());
                inARow.merge(seat.worker(), 1, Integer::sum);
              });
    }
  }

  int of(WorkerId worker) {
    return inARow.getOrDefault(worker, 0);
  }
}
