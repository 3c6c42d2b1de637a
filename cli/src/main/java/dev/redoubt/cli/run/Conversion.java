package dev.redoubt.cli.run;

import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.core.Mesh;
import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.When;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.DataConfig;
import dev.redoubt.trainer.data.Source;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** From the words of a scenario to those of the modules. */
public final class Conversion {

  /** A step may be redone so often without an answer before a run ends undecided. */
  private static final int REDOS_MAX = 3;

  private static final long RESEND_MILLIS = 2_000;

  private Conversion() {}

  static TrainConfig train(Scenario scenario) {
    Scenario.Train train = scenario.train();
    return new TrainConfig(
        scenario.seed(),
        train.steps(),
        train.microbatches(),
        train.batchSize(),
        train.sequenceLength(),
        train.learningRate(),
        train.warmupSteps(),
        train.weightDecay(),
        train.beta1(),
        train.beta2(),
        train.epsilon(),
        train.clipNorm());
  }

  /** What a scenario trains on. */
  public static DataConfig data(Scenario scenario) {
    return new DataConfig(
        scenario.data().sources().stream()
            .map(source -> new Source(source.name(), source.from(), source.bytesMax()))
            .toList());
  }

  static ProtocolConfig protocol(Scenario scenario) {
    Scenario.Cluster cluster = scenario.cluster();
    Scenario.Detect detect = scenario.detect();
    long stall = scenario.timeouts().stallMillisMax();
    return new ProtocolConfig(
        new Mesh(cluster.pods(), cluster.workersPerPod(), cluster.spares()),
        scenario.train().steps(),
        scenario.train().microbatches(),
        scenario.redundancy().keepVersions(),
        detect.stateDigestEvery(),
        detect.scrubEvery(),
        detect.screens(),
        scenario.train().overlap(),
        detect.strikesToEvict(),
        REDOS_MAX,
        new ProtocolConfig.Timeouts(
            scenario.timeouts().joinMillisMax(), stall, stall, RESEND_MILLIS));
  }

  static FaultPlan faults(Scenario scenario) {
    return new FaultPlan(scenario.faults().stream().map(Conversion::fault).toList());
  }

  private static Fault fault(Scenario.Fault fault) {
    When when = new When(fault.at().step(), Phase.valueOf(fault.at().phase().name()));
    Scenario.Worker worker = fault.inject().target();
    Target target = new Target(worker.pod(), worker.rank());
    return switch (fault.inject()) {
      case Scenario.Crash ignored -> new Crash(fault.id(), when, target);
      case Scenario.BitFlip flip ->
          new BitFlip(
              fault.id(),
              when,
              target,
              Site.valueOf(flip.site().name()),
              flip.tensor(),
              flip.element(),
              flip.bit(),
              optional(flip.microbatch()),
              optional(flip.age()));
    };
  }

  private static OptionalInt optional(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }
}
