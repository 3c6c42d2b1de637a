package dev.redoubt.simulator;

import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.fault.Corruption;
import dev.redoubt.fault.DataFault;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.MemoryFault;
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
  public List<Outcome> run(DataFault fault) {
    int last = Math.toIntExact(fault.when().step() + stepsAfter);
    if (last > protocol.steps()) {
      throw new IllegalArgumentException(
          "a strike in step %d and %d steps after it need %d steps, not %d"
              .formatted(fault.when().step(), stepsAfter, last, protocol.steps()));
    }
    SimulatedRun bare = run(fault, Detectors.NONE, last);
    List<Outcome> outcomes = new ArrayList<>();
    for (Detectors arm : arms) {
      outcomes.add(Outcome.of(arm.none() ? bare : run(fault, arm, last), bare));
    }
    return outcomes;
  }

  private SimulatedRun run(DataFault fault, Detectors arm, int last) {
    long first = Math.max(0, fault.when().step() - 1 - stepsBefore(fault, arm));
    long element = fault instanceof MemoryFault memory ? memory.place().element() : 0;
    long seed = ((long) fault.id().hashCode() << Integer.SIZE) ^ element;
    return cluster.run(
        arm.in(protocol, first, last, seed), arm.abft(), new FaultPlan(List.of(fault)));
  }

  /** Steps before the one that is struck. */
  private long stepsBefore(DataFault fault, Detectors arm) {
    long age = fault instanceof MemoryFault memory ? memory.place().age().orElse(0) : 0;
    // What is read in place of a version that was struck is the one before it.
    age += fault instanceof Corruption ? 1 : 0;
    long rollback = arm.none() ? 0 : 1;
    int norms = protocol.microbatches() / protocol.mesh().pods();
    long learning = arm.screens() ? Math.ceilDiv(GradientScreen.LEARNING, norms) : 0;
    return Math.max(age, Math.max(rollback, learning));
  }
}
