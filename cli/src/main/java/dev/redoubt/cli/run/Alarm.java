package dev.redoubt.cli.run;

import dev.redoubt.core.Detector;
import dev.redoubt.core.Rank;
import dev.redoubt.core.WorkerId;
import java.util.List;
import java.util.Set;

/**
 * What an alarm said: the same for a detector's word and for a machine that is gone.
 *
 * @param step that it is about
 * @param during the step under way when it was raised; a later one where audits lag
 * @param suspects as it named them
 * @param workers that held these ranks at that moment
 * @param loss whether it says that a machine is gone
 */
record Alarm(
    long nanos,
    long step,
    long during,
    Detector detector,
    List<Rank> suspects,
    Set<WorkerId> workers,
    boolean loss) {

  Alarm {
    suspects = List.copyOf(suspects);
    workers = Set.copyOf(workers);
  }

  /** An alarm about the step under way. */
  Alarm(
      long nanos,
      long step,
      Detector detector,
      List<Rank> suspects,
      Set<WorkerId> workers,
      boolean loss) {
    this(nanos, step, step, detector, suspects, workers, loss);
  }

  /** Whether it repeats an earlier one: about the same step and somebody whom that one named. */
  boolean repeats(Alarm earlier) {
    return step == earlier.step
        && loss == earlier.loss
        && (workers.equals(earlier.workers)
            || workers.stream().anyMatch(earlier.workers::contains));
  }
}
