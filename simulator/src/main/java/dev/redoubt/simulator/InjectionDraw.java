package dev.redoubt.simulator;

import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Corruption;
import dev.redoubt.fault.DataFault;
import dev.redoubt.fault.DefectiveCore;
import dev.redoubt.fault.Pattern;
import dev.redoubt.fault.Place;
import dev.redoubt.fault.Recurrence;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.When;
import dev.redoubt.trainer.CounterRandom;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * Draws faults of data: stratum, element, bit, step and victim of the {@code index}-th are a
 * function of the seed and the index alone, whichever thread asks, and in whatever order. The
 * strata come in turn; within one each element of the site, bit, step and pod is equally likely.
 *
 * <p>A defective core is drawn by lane and bit; its probability is 1, 0.1, 0.01 or 0.001, and it
 * asks for none to four bits of an operand. A stratum that says a probability has that one,
 * whatever the operand is.
 *
 * @param seed of the campaign
 * @param turns the strata, each as often as its share asks for; at least one
 * @param places that a worker has
 * @param pods of one worker each
 * @param firstStep the first that may be struck; at least 3 where a stored copy may be
 * @param lastStep the last
 */
public record InjectionDraw(
    long seed, List<Stratum> turns, Places places, int pods, int firstStep, int lastStep) {

  private static final int ELEMENT = 1;
  private static final int BIT = 2;
  private static final int STEP = 3;
  private static final int VICTIM = 4;

  /** The first of those that a shape or a core draws. */
  private static final int MORE = 16;

  private static final int OPERAND_BITS_MAX = 4;

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
    long elements =
        stratum.kind() == FaultClass.CORE ? DefectiveCore.LANES : places.count(stratum.site());
    return (double) elements * stratum.bits() * (lastStep - firstStep + 1) * pods;
  }

  /** The fault of that index, from 0. */
  public DataFault fault(long index) {
    Stratum stratum = stratum(index);
    long step = firstStep + below(STEP, index, lastStep - firstStep + 1L);
    When when = new When(step, stratum.kind().phase());
    Target target = new Target((int) below(VICTIM, index, pods), 0);
    int bit = stratum.bitFrom() + (int) below(BIT, index, stratum.bits());
    String id = "injection-" + index;
    if (stratum.kind() == FaultClass.CORE) {
      return core(id, when, target, bit, stratum.lasts(), more(index));
    }
    Places.Spot spot =
        places.spot(stratum.site(), below(ELEMENT, index, places.count(stratum.site())));
    Place place = spot.place();
    if (stratum.shape() == Shape.BIT && stratum.lasts().once()) {
      return new BitFlip(
          id,
          when,
          target,
          place.site(),
          place.name(),
          place.element(),
          bit,
          place.microbatch(),
          place.age());
    }
    Pattern pattern = stratum.shape().draw(bit, spot.room(), more(index));
    return new Corruption(id, when, target, place, pattern, stratum.lasts(), false);
  }

  private static DefectiveCore core(
      String id, When when, Target target, int bit, Recurrence lasts, LongUnaryOperator below) {
    double drawn = Math.pow(10, (double) -below.applyAsLong(4));
    int operandMask = 0;
    for (long more = below.applyAsLong(OPERAND_BITS_MAX + 1L); more > 0; more--) {
      operandMask |= 1 << below.applyAsLong(Float.SIZE);
    }
    int lane = (int) below.applyAsLong(DefectiveCore.LANES);
    int pattern = operandMask & (int) below.applyAsLong(1L << Float.SIZE);
    boolean given = !lasts.once();
    return new DefectiveCore(
        id,
        when,
        target,
        DefectiveCore.Unit.FMA,
        lane,
        1 << bit,
        given ? 0 : operandMask,
        given ? 0 : pattern,
        given ? lasts : new Recurrence(Integer.MAX_VALUE, drawn));
  }

  private LongUnaryOperator more(long index) {
    int[] drawn = {MORE};
    return bound -> below(drawn[0]++, index, bound);
  }

  private long below(int purpose, long index, long bound) {
    return Long.remainderUnsigned(CounterRandom.bits(seed, purpose, index), bound);
  }
}
