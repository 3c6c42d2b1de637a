package dev.redoubt.cli.scenario;

import dev.redoubt.cli.scenario.ModelCatalog.Dimensions;
import dev.redoubt.cli.scenario.Scenario.At;
import dev.redoubt.cli.scenario.Scenario.Fault;
import dev.redoubt.cli.scenario.Scenario.Inject;
import dev.redoubt.cli.scenario.Scenario.Storm;
import dev.redoubt.cli.scenario.Scenario.Worker;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The faults of a storm: a pure function of the scenario and its seed. Each step is struck with the
 * same probability, by one fault; which, where and how long is drawn evenly.
 */
final class StormFaults {

  private static final String PREFIX = "storm-";
  private static final double SHORTEST_SECONDS = 0.2;

  /** The longest pause and cut, as a multiple of what is waited for. */
  private static final double LONGEST = 1.5;

  private static final List<Phase> WORKERS =
      List.of(Phase.COMPUTE, Phase.REDUCE, Phase.UPDATE, Phase.ATTEST);
  private static final List<Phase> FLIPS = List.of(Phase.COMPUTE, Phase.UPDATE);
  private static final List<Site> STATE =
      List.of(Site.PARAMETERS, Site.FIRST_MOMENTS, Site.SECOND_MOMENTS);

  private final Scenario scenario;
  private final SplittableRandom random;

  private StormFaults(Scenario scenario) {
    this.scenario = scenario;
    this.random = new SplittableRandom(scenario.seed());
  }

  static List<Fault> draw(Scenario scenario, Storm storm) {
    return new StormFaults(scenario).draw(storm);
  }

  private List<Fault> draw(Storm storm) {
    List<Fault> faults = new ArrayList<>();
    for (int step = storm.from(); step <= scenario.train().steps(); step++) {
      if (random.nextInt(storm.every()) == 0) {
        faults.add(fault(PREFIX + step, step, kind(storm)));
      }
    }
    return faults;
  }

  private StormKind kind(Storm storm) {
    StormMix mix = storm.mix();
    return mix == null ? any(storm.kinds()) : mix.kind(random.nextInt(mix.total()));
  }

  private Fault fault(String id, int step, StormKind kind) {
    Phase phase =
        switch (kind) {
          case CONTROLLER_CRASH -> any(List.of(Phase.values()));
          case BIT_FLIP -> any(FLIPS);
          case CRASH, HANG, PAUSE, PARTITION -> any(WORKERS);
        };
    return new Fault(id, new At(step, phase), inject(kind));
  }

  private Inject inject(StormKind kind) {
    return switch (kind) {
      case CRASH -> new Scenario.Crash(worker(), null, false);
      case HANG -> new Scenario.Hang(worker());
      case PAUSE -> new Scenario.Pause(worker(), seconds());
      case PARTITION ->
          new Scenario.Partition(worker(), List.of(), any(List.of(Direction.values())), seconds());
      case BIT_FLIP -> flip();
      case CONTROLLER_CRASH -> new Scenario.Crash(new Scenario.Controller(), null, false);
    };
  }

  /** In the weights of a feed-forward layer, which every rank has a part of. */
  private Inject flip() {
    Dimensions model = scenario.model().dimensions();
    long elements = (long) model.width() * model.ffnWidth() / scenario.cluster().workersPerPod();
    return new Scenario.BitFlip(
        worker(),
        any(STATE),
        "blocks." + random.nextInt(model.layers()) + ".ffn.up",
        random.nextLong(elements),
        random.nextInt(Float.SIZE),
        null,
        null);
  }

  private Worker worker() {
    return new Worker(
        random.nextInt(scenario.cluster().pods()),
        random.nextInt(scenario.cluster().workersPerPod()));
  }

  private double seconds() {
    double most = LONGEST * scenario.timeouts().stallMillisMax() / 1000;
    return SHORTEST_SECONDS + random.nextDouble() * most;
  }

  private <T> T any(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}
