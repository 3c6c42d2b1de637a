package dev.redoubt.cli.run;

import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.Scheme;
import dev.redoubt.core.Audits;
import dev.redoubt.core.Disk;
import dev.redoubt.core.Mesh;
import dev.redoubt.core.Patience;
import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Corruption;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.DefectiveCore;
import dev.redoubt.fault.Drain;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.Hang;
import dev.redoubt.fault.NetworkFault;
import dev.redoubt.fault.Partition;
import dev.redoubt.fault.Pause;
import dev.redoubt.fault.Phase;
import dev.redoubt.fault.Place;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Slow;
import dev.redoubt.fault.Spare;
import dev.redoubt.fault.Target;
import dev.redoubt.fault.TheController;
import dev.redoubt.fault.Victim;
import dev.redoubt.fault.When;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.DataConfig;
import dev.redoubt.trainer.data.Source;
import dev.redoubt.trainer.data.corpus.CorpusConfig;
import dev.redoubt.trainer.data.corpus.CorpusSource;
import dev.redoubt.trainer.data.corpus.Filter;
import dev.redoubt.trainer.data.corpus.Filters;
import dev.redoubt.trainer.data.corpus.Kind;
import dev.redoubt.trainer.data.mixture.MixtureConfig;
import dev.redoubt.trainer.data.mixture.Stage;
import dev.redoubt.trainer.input.InterleavedConfig;
import dev.redoubt.trainer.input.RowShape;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
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

  /** What a scenario of interleaved documents trains on. */
  static InterleavedConfig interleaved(Scenario scenario) {
    Scenario.Data data = scenario.data();
    return new InterleavedConfig(
        data(scenario).sources(), new RowShape(data.imagePatch(), data.audioFrame()));
  }

  /** How its documents are filtered, cut and mixed. */
  static MixtureConfig mixture(Scenario scenario) {
    Scenario.Data data = scenario.data();
    List<CorpusSource> sources =
        data.sources().stream()
            .map(
                source ->
                    new CorpusSource(
                        source.name(),
                        source.from(),
                        Kind.valueOf(source.kind().toUpperCase(Locale.ROOT)),
                        source.language(),
                        source.bytesMax()))
            .toList();
    return new MixtureConfig(
        new CorpusConfig(sources, filters(data.filters()), scenario.seed()),
        tokens(data.tokenizer()),
        stages(data));
  }

  private static Filters filters(Scenario.@Nullable Filters filters) {
    if (filters == null) {
      return Filters.DEFAULTS;
    }
    Set<Filter> on = EnumSet.allOf(Filter.class);
    filters.off().forEach(word -> on.remove(Filter.valueOf(word.toUpperCase(Locale.ROOT))));
    return new Filters(
        on,
        filters.wordsMin(),
        filters.linesMin(),
        filters.lineCharactersMax(),
        filters.qualityMin(),
        filters.safetyMax(),
        filters.blocklist());
  }

  private static MixtureConfig.Tokens tokens(Scenario.@Nullable Tokenizer tokenizer) {
    if (tokenizer == null || !tokenizer.isSentencePiece()) {
      return MixtureConfig.Tokens.bytes();
    }
    String model = tokenizer.model();
    return new MixtureConfig.Tokens(
        tokenizer.vocabulary(), model == null ? null : Path.of(model), Caches.tokenizers());
  }

  private static List<Stage> stages(Scenario.Data data) {
    if (data.stages().isEmpty()) {
      SequencedMap<String, Double> weights = new LinkedHashMap<>();
      data.sources().forEach(source -> weights.put(source.name(), source.weight()));
      return List.of(new Stage(1, weights));
    }
    return data.stages().stream().map(stage -> new Stage(stage.until(), stage.weights())).toList();
  }

  static ProtocolConfig protocol(Scenario scenario) {
    Scenario.Cluster cluster = scenario.cluster();
    Scenario.Detect detect = scenario.detect();
    long stall = scenario.timeouts().stallMillisMax();
    ProtocolConfig.Timeouts timeouts =
        new ProtocolConfig.Timeouts(
            scenario.timeouts().joinMillisMax(), stall, stall, RESEND_MILLIS);
    ProtocolConfig rules =
        new ProtocolConfig(
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
            detect.deadlines() ? timeouts : timeouts.withoutDeadlines());
    return rules
        .with(BuddyPlacement.of(scenario))
        .with(new Audits(detect.auditFraction(), scenario.seed(), detect.auditLagSteps()))
        .with(patience(detect.slow()))
        .withMembership(detect.membership())
        .withDiagnosis(detect.diagnosis())
        .with(disk(scenario.redundancy()));
  }

  private static Disk disk(Scenario.Redundancy redundancy) {
    Integer every = redundancy.diskEverySteps();
    return every == null ? Disk.NONE : new Disk(every, redundancy.scheme() == Scheme.CHECKPOINT);
  }

  private static Patience patience(Scenario.@Nullable Lateness slow) {
    return slow == null
        ? Patience.UNLIMITED
        : new Patience(slow.factor(), slow.millisMin(), slow.evictAfter());
  }

  static FaultPlan faults(Scenario scenario) {
    Scenario.Storm storm = scenario.storm();
    List<Fault> named = scenario.faults().stream().map(Conversion::fault).toList();
    if (storm == null) {
      return new FaultPlan(named);
    }
    List<Fault> all = scenario.allFaults().stream().map(Conversion::fault).toList();
    return new FaultPlan(all, all.size() - named.size(), storm.keepPods());
  }

  private static Fault fault(Scenario.Fault fault) {
    return fault(fault, when(fault, false));
  }

  /** One that was asked for in a run that goes: it strikes in the first step from its own on. */
  static Fault asked(Scenario.Fault fault) {
    return fault(fault, when(fault, true));
  }

  private static When when(Scenario.Fault fault, boolean orLater) {
    return new When(fault.at().step(), Phase.valueOf(fault.at().phase().name()), orLater);
  }

  private static Fault fault(Scenario.Fault fault, When when) {
    Victim victim = victim(fault.inject().target());
    return switch (fault.inject()) {
      case Scenario.Crash crash ->
          new Crash(fault.id(), when, victim, optional(crash.returnsAfter()), crash.outOfMemory());
      case Scenario.Drain drain ->
          new Drain(fault.id(), new When(fault.at().step(), Phase.PLAN), target(drain.target()));
      case Scenario.Hang ignored -> new Hang(fault.id(), when, victim);
      case Scenario.Pause pause -> new Pause(fault.id(), when, victim, seconds(pause.seconds()));
      case Scenario.Slow slow ->
          new Slow(
              fault.id(),
              when,
              target(slow.target()),
              slow.factor(),
              slow.steps() == null ? Integer.MAX_VALUE : slow.steps());
      case Scenario.Partition cut ->
          new Partition(
              fault.id(),
              when,
              victim,
              cut.with().stream().map(Conversion::victim).toList(),
              Partition.Direction.valueOf(cut.direction().name()),
              Optional.ofNullable(cut.seconds()).map(Conversion::seconds));
      case Scenario.Network network ->
          new NetworkFault(fault.id(), when, target(network.target()), network.trouble());
      case Scenario.BitFlip flip ->
          new BitFlip(
              fault.id(),
              when,
              target(flip.target()),
              Site.valueOf(flip.site().name()),
              flip.tensor(),
              flip.element(),
              flip.bit(),
              optional(flip.microbatch()),
              optional(flip.age()));
      case Scenario.Corruption corruption ->
          new Corruption(
              fault.id(),
              when,
              target(corruption.target()),
              new Place(
                  Site.valueOf(corruption.site().name()),
                  corruption.tensor(),
                  corruption.element(),
                  optional(corruption.microbatch()),
                  optional(corruption.age())),
              corruption.pattern(),
              corruption.lasts(),
              corruption.everywhere());
      case Scenario.DefectiveCore core ->
          new DefectiveCore(
              fault.id(),
              when,
              victim,
              core.unit(),
              core.lane(),
              core.mask(),
              core.operandMask(),
              core.operandPattern(),
              core.lasts());
    };
  }

  private static Victim victim(Scenario.Victim victim) {
    return switch (victim) {
      case Scenario.Worker worker -> target(worker);
      case Scenario.Spare spare -> new Spare(spare.number());
      case Scenario.Controller ignored -> new TheController();
    };
  }

  private static Target target(Scenario.Worker worker) {
    return new Target(worker.pod(), worker.rank());
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos(Math.round(seconds * 1e9));
  }

  static OptionalInt optional(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }
}
