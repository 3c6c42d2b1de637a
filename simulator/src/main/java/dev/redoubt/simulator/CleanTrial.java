package dev.redoubt.simulator;

import dev.redoubt.core.Note;
import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.trainer.CounterRandom;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Samples;
import dev.redoubt.trainer.program.ProductChecks;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Whole trainings without faults, to count false alarms. Each has a seed of its own, and so other
 * parameters and another order of the data: a run is deterministic, and the same one again would
 * show nothing new.
 *
 * @param protocol the rules, with the detectors that may be wrong
 * @param products which are checked
 * @param train of the campaign, whose seed the others are drawn from
 * @param data may be shared by threads
 */
public record CleanTrial(
    ProtocolConfig protocol,
    ProductChecks products,
    ModelConfig model,
    TrainConfig train,
    Samples data) {

  private static final int PURPOSE = 5;

  /**
   * Runs the training of that index, from 0.
   *
   * @throws InterruptedException if the thread is interrupted
   */
  public CleanRow run(long index) throws InterruptedException {
    long seed = CounterRandom.bits(train.seed(), PURPOSE, index) >>> 1;
    TrainConfig own = train.withSeed(seed);
    Samples ordered = data.with(own);
    try (GoldenVersions golden = GoldenVersions.ends(model, own, ordered);
        SimulatedCluster cluster = new SimulatedCluster(model, own, ordered, golden)) {
      SimulatedRun run = cluster.run(protocol, products, new FaultPlan(List.of()));
      String detectors =
          run.alarms().stream()
              .map(Note.Detected::detector)
              .distinct()
              .sorted()
              .map(detector -> detector.label())
              .collect(Collectors.joining(" "));
      return new CleanRow(
          index, seed, protocol.steps(), run.alarms().size(), detectors, run.endsGolden());
    }
  }
}
