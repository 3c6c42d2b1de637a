package dev.redoubt.simulator;

import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.trainer.program.ProductChecks;
import java.util.Arrays;
import java.util.List;

/**
 * What detectors cost in a clean step of the simulated cluster: the time with them over the time
 * without any, measured on one thread in pairs, in turn, so that what disturbs one disturbs the
 * other. The share of a step, not of a cluster's time: here nothing waits for a network.
 *
 * @param pairs that were measured
 * @param ratio the median over the pairs; 1.02 is two per cent more
 * @param low the ratio that a quarter of the pairs is below
 * @param high the ratio that a quarter of the pairs is above
 * @param nanosOfStep the median time of a step of all pods without detectors
 */
public record DetectorCost(int pairs, double ratio, double low, double high, double nanosOfStep) {

  private static final int WARM_UP = 5;

  /**
   * Measures it.
   *
   * @param protocol whose steps are trained in each sample
   * @param pairs at least 1
   */
  public static DetectorCost measure(
      SimulatedCluster cluster, ProtocolConfig protocol, Detectors detectors, int pairs) {
    ProtocolConfig with = detectors.in(protocol, protocol.first(), protocol.steps(), 0);
    ProtocolConfig without = Detectors.NONE.in(protocol, protocol.first(), protocol.steps(), 0);
    for (int i = 0; i < WARM_UP; i++) {
      nanos(cluster, with, detectors.abft());
      nanos(cluster, without, ProductChecks.NONE);
    }
    double[] ratios = new double[pairs];
    double[] bare = new double[pairs];
    for (int pair = 0; pair < pairs; pair++) {
      double looked = pair % 2 == 0 ? nanos(cluster, with, detectors.abft()) : 0;
      bare[pair] = nanos(cluster, without, ProductChecks.NONE);
      looked = pair % 2 == 0 ? looked : nanos(cluster, with, detectors.abft());
      ratios[pair] = looked / bare[pair];
    }
    Arrays.sort(ratios);
    Arrays.sort(bare);
    long steps = protocol.steps() - protocol.first();
    return new DetectorCost(
        pairs,
        ratios[pairs / 2],
        ratios[pairs / 4],
        ratios[pairs - 1 - pairs / 4],
        bare[pairs / 2] / steps);
  }

  private static double nanos(
      SimulatedCluster cluster, ProtocolConfig protocol, ProductChecks products) {
    long start = System.nanoTime();
    SimulatedRun run = cluster.run(protocol, products, new FaultPlan(List.of()));
    long end = System.nanoTime();
    if (!run.endsGolden()) {
      throw new IllegalStateException("a clean run ended with " + run.verdict());
    }
    return Math.max(1, end - start);
  }
}
