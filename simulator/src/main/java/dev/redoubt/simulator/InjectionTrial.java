package dev.redoubt.simulator;

import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.FaultPlan;
import java.util.List;

/**
 * One injection at a time: a run of a few steps around the strike, and the same again without
 * detectors, to know what the fault would have done.
 *
 * @param cluster to be used by one thread
 * @param protocol the rules with the detectors that are tried; {@code first} and {@code steps} are
 *     set for each injection
 * @param stepsAfter that are trained after the step of the strike
 */
public record InjectionTrial(SimulatedCluster cluster, ProtocolConfig protocol, int stepsAfter) {

  /** Versions before the one that is struck, so that there are stored copies. */
  private static final long STEPS_BEFORE = 3;

  /**
   * Runs it.
   *
   * @throws IllegalArgumentException if it would go on beyond the steps of {@code protocol}
   */
  public Outcome run(BitFlip flip) {
    int last = Math.toIntExact(flip.when().step() + stepsAfter);
    if (last > protocol.steps()) {
      throw new IllegalArgumentException(
          "a strike in step %d and %d steps after it need %d steps, not %d"
              .formatted(flip.when().step(), stepsAfter, last, protocol.steps()));
    }
    long first = Math.max(0, flip.when().step() - STEPS_BEFORE);
    FaultPlan faults = new FaultPlan(List.of(flip));
    SimulatedRun run = cluster.run(around(first, last, true), faults);
    return Outcome.of(flip, run, cluster.run(around(first, last, false), faults));
  }

  private ProtocolConfig around(long first, int last, boolean detect) {
    return new ProtocolConfig(
        protocol.mesh(),
        last,
        protocol.microbatches(),
        protocol.keepVersions(),
        detect ? protocol.stateDigestEvery() : 0,
        detect ? protocol.scrubEvery() : 0,
        detect && protocol.screens(),
        protocol.overlap(),
        protocol.strikesToEvict(),
        protocol.redosMax(),
        protocol.timeouts(),
        protocol.succession(),
        first);
  }
}
