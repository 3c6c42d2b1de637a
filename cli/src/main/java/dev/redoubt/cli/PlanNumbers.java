package dev.redoubt.cli;

import dev.redoubt.cli.run.RankPlan;
import dev.redoubt.cli.run.TrainerModels;
import dev.redoubt.cli.scenario.ModelCatalog.Dimensions;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.core.Assignment;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Seat;
import dev.redoubt.core.Span;
import dev.redoubt.core.WorkerId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The figures of a plan that other modules know best. */
interface PlanNumbers {

  long parameters(Dimensions dimensions);

  /** Bytes of one version of a shard: parameters and both moments. */
  long versionBytes(Dimensions dimensions);

  /**
   * The microbatches that each pod computes as long as nothing breaks, as half-open ranges, one
   * list for each pod.
   */
  List<List<Range>> assignment(int microbatches, int pods);

  /** What each rank of a pod holds and does. */
  RankPlan program(Scenario scenario);

  /** {@code [from, to)}. */
  record Range(int from, int to) {
    @Override
    public String toString() {
      return to - from == 1 ? Integer.toString(from) : from + "-" + (to - 1);
    }
  }

  /** The figures of the trainer and of the protocol themselves. */
  static PlanNumbers of(TrainerModels models) {
    return new PlanNumbers() {
      @Override
      public long parameters(Dimensions dimensions) {
        return models.parameters(dimensions);
      }

      @Override
      public long versionBytes(Dimensions dimensions) {
        return models.versionBytes(dimensions);
      }

      @Override
      public RankPlan program(Scenario scenario) {
        return RankPlan.of(scenario);
      }

      @Override
      public List<List<Range>> assignment(int microbatches, int pods) {
        List<Seat> seats =
            IntStream.range(0, pods)
                .mapToObj(pod -> new Seat(new Rank(pod, 0), new WorkerId("pod" + pod)))
                .toList();
        Assignment assignment = new Assignment(1, microbatches, seats);
        return IntStream.range(0, pods).mapToObj(pod -> joined(assignment.spans(pod))).toList();
      }
    };
  }

  /** Neighbours are one range: how the tree of the sum is cut says nothing to a reader. */
  private static List<Range> joined(List<Span> spans) {
    List<Range> ranges = new ArrayList<>();
    for (Span span : spans) {
      if (!ranges.isEmpty() && ranges.getLast().to() == span.from()) {
        ranges.set(ranges.size() - 1, new Range(ranges.getLast().from(), span.to()));
      } else {
        ranges.add(new Range(span.from(), span.to()));
      }
    }
    return List.copyOf(ranges);
  }
}
