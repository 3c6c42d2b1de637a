package dev.redoubt.simulator;

import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.When;
import dev.redoubt.trainer.CounterRandom;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TensorSpec;
import java.util.List;
import java.util.OptionalInt;

/**
 * Draws bit flips: stratum, element, bit, step and victim of the {@code index}-th are a function of
 * the seed and the index alone, whichever thread asks, and in whatever order. The strata come in
 * turn; within one each element of the model, bit, step and pod is equally likely.
 *
 * @param seed of the campaign
 * @param turns the strata, each as often as its share asks for; at least one
 * @param layout where the tensors are
 * @param pods of one worker each
 * @param firstStep the first that may be struck; at least 3 where a stored copy may be
 * @param lastStep the last
 */
public record InjectionDraw(
    long seed, List<Stratum> turns, ParameterLayout layout, int pods, int firstStep, int lastStep) {

  private static final int ELEMENT = 1;
  private static final int BIT = 2;
  private static final int STEP = 3;
  private static final int VICTIM = 4;

  /** Refuses what nothing can be drawn from. */
  public InjectionDraw {
    turns = List.copyOf(turns);
    boolean stored = turns.stream().anyMatch(turn -> turn.site() == Site.STORED_COPY);
    int least = stored ? 3 : 1;
    if (turns.isEmpty() || pods < 1 || firstStep < least || lastStep < firstStep) {
      throw new IllegalArgumentException(
          "nothing to draw from %s in %d pods, steps %d to %d; the first step is at least %d"
              .formatted(
                  turns.stream().map(Stratum::label).toList(), pods, firstStep, lastStep, least));
    }
  }

  /** The stratum of that index, from 0. */
  public Stratum stratum(long index) {
    return turns.get((int) (index % turns.size()));
  }

  /** How many different faults a stratum has: elements, bits, steps and victims. */
  public double population(Stratum stratum) {
    return (double) layout.parameterCount() * stratum.bits() * (lastStep - firstStep + 1) * pods;
  }

  /** The flip of that index, from 0. */
  public BitFlip flip(long index) {
    Stratum stratum = stratum(index);
    long step = firstStep + below(STEP, index, lastStep - firstStep + 1L);
    When when = new When(step, stratum.kind().phase());
    Target target = new Target((int) below(VICTIM, index, pods), 0);
    int bit = stratum.bitFrom() + (int) below(BIT, index, stratum.bits());
    String id = "injection-" + index;
    long element = below(ELEMENT, index, layout.parameterCount());
    for (TensorSpec tensor : layout.tensors()) {
      if (element < tensor.size()) {
        String name = tensor.name();
        Site site = stratum.site();
        return switch (site) {
          case GRADIENT ->
              BitFlip.inGradient(id, when, target, name, element, bit, OptionalInt.empty());
          case STORED_COPY -> BitFlip.inStoredCopy(id, when, target, name, element, bit, 1);
          case PARAMETERS, FIRST_MOMENTS, SECOND_MOMENTS ->
              BitFlip.inState(id, when, target, site, name, element, bit);
        };
      }
      element -= tensor.size();
    }
    throw new IllegalStateException("the layout has fewer parameters than it says");
  }

  private long below(int purpose, long index, long bound) {
    return Long.remainderUnsigned(CounterRandom.bits(seed, purpose, index), bound);
  }
}
