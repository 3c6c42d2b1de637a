package dev.redoubt.cli;

import dev.redoubt.cli.scenario.ModelCatalog;
import dev.redoubt.cli.scenario.ModelCatalog.Dimensions;
import java.util.ArrayList;
import java.util.List;

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

  /** {@code [from, to)}. */
  record Range(int from, int to) {
    @Override
    public String toString() {
      return to - from == 1 ? Integer.toString(from) : from + "-" + (to - 1);
    }
  }

  /** Figures from the names and shapes alone: 32-bit floats, nearly equal contiguous shares. */
  static PlanNumbers of(ModelCatalog catalog) {
    return new PlanNumbers() {
      @Override
      public long parameters(Dimensions dimensions) {
        return catalog.parameters(dimensions);
      }

      @Override
      public long versionBytes(Dimensions dimensions) {
        return Math.multiplyExact(parameters(dimensions), 3L * Float.BYTES);
      }

      @Override
      public List<List<Range>> assignment(int microbatches, int pods) {
        List<List<Range>> shares = new ArrayList<>();
        for (int pod = 0; pod < pods; pod++) {
          int from = (int) ((long) pod * microbatches / pods);
          int to = (int) ((pod + 1L) * microbatches / pods);
          shares.add(List.of(new Range(from, to)));
        }
        return shares;
      }
    };
  }
}
