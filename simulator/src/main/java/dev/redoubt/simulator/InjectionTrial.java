package dev.redoubt.simulator;

import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.Site;
import dev.redoubt.trainer.GradientScreen;
import java.util.ArrayList;
import java.util.List;

/**
 * One injection at a time: a run of a few steps around the strike for each set of detectors, and
 * the same without any, to know what the fault would have done.
 *
 * <p>A run begins at a golden version just before the strike, since all steps before it are
 * fault-free and end on golden bits. It begins as many steps earlier as somebody remembers: a
 * stored copy is an older version, and the screens have to know some norms. Beginning in step 1
 * would make every trial longer and change none of the bits.
 *
 * @param cluster to be used by one thread
 * @param protocol the rules, but for the detectors, the first version and the last step
 * @param arms the sets of detectors that are tried
 * @param stepsAfter that are trained after the step of the strike
 */
public record InjectionTrial(
    SimulatedCluster cluster, ProtocolConfig protocol, List<Detectors> arms, int stepsAfter) {

  /** Copies the list. */
  public InjectionTrial {
    arms = List.copyOf(arms);
  }

  /**
   * Runs it.
   *
   * @return an outcome for each arm, in their order
   * @throws IllegalArgumentException if it would go on beyond the steps of {@code protocol}
   */
  public List<Outcome> run(BitFlip flip) {
    int last = Math.toIntExact(flip.when().step() + stepsAfter);
    if (last > protocol.steps()) {
      throw new IllegalArgumentException(
          "a strike in step %d and %d steps after it need %d steps, not %d"
              .formatted(flip.when().step(), stepsAfter, last, protocol.steps()));
    }
    SimulatedRun bare = run(flip, Detectors.NONE, last);
    List<Outcome> outcomes = new ArrayList<>();
    for (Detectors arm : arms) {
      outcomes.add(Outcome.of(flip, arm.none() ? bare : run(flip, arm, last), bare));
    }
    return outcomes;
  }

  private SimulatedRun run(BitFlip flip, Detectors arm, int last) {
    long first = Math.max(0, flip.when().step() - 1 - stepsBefore(flip, arm));
    long seed = ((long) flip.id().hashCode() << Integer.SIZE) ^ flip.element();
    return cluster.run(arm.in(protocol, first, last, seed), new FaultPlan(List.of(flip)));
  }

  /** Steps before the one that is struck. */
  private long stepsBefore(BitFlip flip, Detectors arm) {
    long age = flip.site() == Site.STORED_COPY ? flip.age().orElse(0) : 0;
    long rollback = arm.none() ? 0 : 1;
    int norms = protocol.microbatches() / protocol.mesh().pods();
    long learning = arm.screens() ? Math.ceilDiv(GradientScreen.LEARNING, norms) : 0;
    return Math.max(age, Math.max(rollback, learning));
  }
}
