package dev.redoubt.cli;

import dev.redoubt.cli.PlanNumbers.Range;
import dev.redoubt.cli.run.RankPlan;
import dev.redoubt.cli.run.SchemePlan;
import dev.redoubt.cli.scenario.Detector;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.Scenario.BitFlip;
import dev.redoubt.cli.scenario.Scenario.Crash;
import dev.redoubt.cli.scenario.Scenario.Detect;
import dev.redoubt.cli.scenario.Scenario.Fault;
import dev.redoubt.cli.scenario.Site;
import dev.redoubt.cli.scenario.TroubleText;
import dev.redoubt.fault.Trouble;
import dev.redoubt.trainer.program.ProductChecks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a scenario would do.
 *
 * @param assignment pod to its microbatches, as long as nothing breaks
 * @param workerBytes of stored versions, in one worker with a rank
 * @param clusterBytes of stored versions, in all workers with a rank
 * @param joinMillisMax for all workers to join
 * @param stallMillisMax for all reports of a step; null if nobody is ever given up for silence
 * @param runSecondsMax for the whole run; null: for ever
 * @param slow when a rank is late in a step; null if never
 * @param auditLagSteps by which audits may be behind
 * @param data what it is trained on
 * @param program what each rank of a pod holds and does
 */
record Plan(
    String scenario,
    long seed,
    int pods,
    int workersPerPod,
    int spares,
    SequencedMap<String, String> assignment,
    String model,
    long parameters,
    long versionBytes,
    int keepVersions,
    @Nullable Integer diskEverySteps,
    long workerBytes,
    long clusterBytes,
    int steps,
    long samples,
    long tokens,
    long joinMillisMax,
    @Nullable Long stallMillisMax,
    @Nullable Integer runSecondsMax,
    Scenario.@Nullable Lateness slow,
    int auditLagSteps,
    List<PlannedFault> faults,
    DataPlan data,
    RankPlan program,
    List<SchemePlan> schemes) {

  /**
   * A fault to come.
   *
   * @param seenBy the layers that should see it; empty if none can
   */
  record PlannedFault(
      String id,
      String kind,
      int step,
      String phase,
      String where,
      List<String> seenBy,
      boolean canStrike) {}

  /**
   * Plans.
   *
   * @param read whether to open the data's sources
   * @throws EnvironmentException if they cannot be had here
   */
  static Plan of(Scenario scenario, PlanNumbers numbers, boolean read) throws EnvironmentException {
    Scenario.Cluster cluster = scenario.cluster();
    RankPlan program = numbers.program(scenario);
    long version = numbers.versionBytes(scenario.model().dimensions());
    int keep = scenario.redundancy().keepVersions();
    long worker = program.ranks().getFirst().storedBytes();
    return new Plan(
        scenario.name(),
        scenario.seed(),
        cluster.pods(),
        cluster.workersPerPod(),
        cluster.spares(),
        assignment(scenario, numbers),
        scenario.model().name(),
        numbers.parameters(scenario.model().dimensions()),
        version,
        keep,
        scenario.redundancy().diskEverySteps(),
        worker,
        Math.multiplyExact(worker, (long) cluster.pods() * cluster.workersPerPod()),
        scenario.train().steps(),
        scenario.train().samples(),
        scenario.train().tokens(),
        scenario.timeouts().joinMillisMax(),
        scenario.detect().deadlines() ? scenario.timeouts().stallMillisMax() : null,
        scenario.timeouts().runSecondsMax(),
        scenario.detect().slow(),
        scenario.detect().auditLagSteps(),
        faults(scenario),
        DataPlan.of(scenario, numbers.parameters(scenario.model().dimensions()), read),
        program,
        SchemePlan.of(scenario, largestVersion(program)));
  }

  private static long largestVersion(RankPlan program) {
    return program.ranks().stream().mapToLong(RankPlan.RankBytes::versionBytes).max().orElseThrow();
  }

  private static SequencedMap<String, String> assignment(Scenario scenario, PlanNumbers numbers) {
    List<List<Range>> shares =
        numbers.assignment(scenario.train().microbatches(), scenario.cluster().pods());
    SequencedMap<String, String> assignment = new LinkedHashMap<>();
    for (int pod = 0; pod < shares.size(); pod++) {
      assignment.put(
          "pod" + pod,
          shares.get(pod).stream().map(Range::toString).collect(Collectors.joining(", ")));
    }
    return assignment;
  }

  private static List<PlannedFault> faults(Scenario scenario) {
    return scenario.allFaults().stream()
        .sorted(
            Comparator.comparingInt((Fault fault) -> fault.at().step())
                .thenComparing(fault -> fault.at().phase()))
        .map(fault -> planned(fault, scenario))
        .toList();
  }

  private static PlannedFault planned(Fault fault, Scenario scenario) {
    String where =
        switch (fault.inject()) {
          case Crash crash -> crash.target() + back(crash);
          case Scenario.Drain drain -> drain.target() + " leaves in order";
          case Scenario.Hang hang -> hang.target().toString();
          case Scenario.Pause pause -> pause.target() + " for " + pause.seconds() + " s";
          case Scenario.Slow slow -> slow.target() + " by the factor " + slow.factor();
          case Scenario.Partition cut -> where(cut);
          case Scenario.Network network ->
              network.target() + ": " + TroubleText.of(network.trouble());
          case BitFlip flip ->
              "%s %s %s[%d] bit %d"
                  .formatted(
                      flip.site() == Site.AUDIT ? "whoever checks first" : flip.target(),
                      flip.site().word(),
                      flip.tensor(),
                      flip.element(),
                      flip.bit());
          case Scenario.Corruption corruption ->
              "%s %s %s[%d] %s"
                  .formatted(
                      corruption.everywhere() ? "everybody" : corruption.target(),
                      corruption.site().word(),
                      corruption.tensor(),
                      corruption.element(),
                      corruption.pattern().kind());
          case Scenario.DefectiveCore core -> core.target() + " lane " + core.lane();
        };
    List<String> seenBy = seenBy(fault, scenario).stream().map(Detector::word).toList();
    return new PlannedFault(
        fault.id(),
        fault.inject().kind(),
        fault.at().step(),
        fault.at().phase().word(),
        where,
        seenBy,
        fault.at().step() <= scenario.train().steps());
  }

  private static String back(Crash crash) {
    return crash.returnsAfter() == null ? "" : ", back after " + crash.returnsAfter() + " steps";
  }

  private static String where(Scenario.Partition cut) {
    String side =
        Stream.concat(Stream.of(cut.target()), cut.with().stream())
            .map(Object::toString)
            .collect(Collectors.joining(" and "));
    String length = cut.seconds() == null ? " for good" : " for " + cut.seconds() + " s";
    return side + " from the others (" + cut.direction().word() + ")" + length;
  }

  private static List<Detector> seenBy(Fault fault, Scenario scenario) {
    Detect detect = scenario.detect();
    List<Detector> layers = new ArrayList<>();
    switch (fault.inject()) {
      case Crash ignored ->
          layers.addAll(detect.membership() ? List.of(Detector.MEMBERSHIP) : deadline(detect));
      case Scenario.Hang ignored ->
          layers.addAll(detect.slow() == null ? deadline(detect) : List.of(Detector.SLOW));
      case Scenario.Pause pause -> {
        if (pause.seconds() * 1000 > scenario.timeouts().stallMillisMax()) {
          layers.addAll(deadline(detect));
        }
      }
      case Scenario.Slow slow -> {
        if (detect.slow() != null && slow.factor() > detect.slow().factor()) {
          layers.add(Detector.SLOW);
        }
      }
      case Scenario.Drain ignored -> {}
      case Scenario.Partition ignored -> layers.addAll(deadline(detect));
      case Scenario.Network network -> layers.addAll(seenBy(network.trouble(), scenario));
      case BitFlip flip -> {
        boolean huge = flip.site() == Site.GRADIENT && flip.bit() == 30;
        layers.addAll(seenBy(flip.site(), huge, scenario));
      }
      case Scenario.Corruption corruption -> {
        if (!corruption.everywhere()) {
          layers.addAll(seenBy(corruption.site(), false, scenario));
        }
      }
      case Scenario.DefectiveCore core -> layers.addAll(seenBy(core, scenario));
    }
    return layers;
  }

  /** A spare computes nothing of a step unless it is asked to; but it scans itself. */
  private static List<Detector> seenBy(Scenario.DefectiveCore core, Scenario scenario) {
    List<Detector> layers = new ArrayList<>();
    boolean ofSpare = core.target() instanceof Scenario.Spare;
    if (!ofSpare) {
      layers.addAll(seenBy(Site.PRODUCT, false, scenario));
    } else if (scenario.detect().audits()) {
      layers.add(Detector.AUDIT);
    }
    if (ofSpare && scenario.detect().scan()) {
      layers.add(Detector.SCAN);
    }
    return layers;
  }

  private static List<Detector> deadline(Detect detect) {
    return detect.deadlines() ? List.of(Detector.DEADLINE) : List.of();
  }

  /** What is late is seen if it is later than the deadline. */
  private static List<Detector> seenBy(Trouble trouble, Scenario scenario) {
    Scenario.Timeouts timeouts = scenario.timeouts();
    long deadline = scenario.detect().deadlines() ? timeouts.stallMillisMax() : Long.MAX_VALUE;
    return switch (trouble) {
      case Trouble.CorruptFrame ignored -> damaged(scenario);
      case Trouble.Loss ignored -> deadline(scenario.detect());
      case Trouble.Duplicate ignored -> List.of();
      case Trouble.Reorder ignored -> List.of();
      case Trouble.SlowLink ignored -> List.of();
      case Trouble.Delay delay -> late(delay.length(), deadline);
      case Trouble.CutFrames cut -> late(cut.length(), deadline);
      case Trouble.CutControl cut -> late(cut.length(), deadline);
    };
  }

  private static List<Detector> damaged(Scenario scenario) {
    if (scenario.detect().frameDigest()) {
      return List.of(Detector.FRAME_DIGEST);
    }
    boolean compared = scenario.detect().stateDigest() && scenario.cluster().pods() > 1;
    return compared ? List.of(Detector.STATE_DIGEST) : List.of();
  }

  private static List<Detector> late(Duration length, long deadlineMillis) {
    return length.toMillis() > deadlineMillis ? List.of(Detector.DEADLINE) : List.of();
  }

  private static List<Detector> seenBy(Site site, boolean huge, Scenario scenario) {
    Detect detect = scenario.detect();
    boolean compared = detect.stateDigest() && scenario.cluster().pods() > 1;
    return switch (site) {
      case GRADIENT, ACTIVATIONS, TOKENS -> computed(detect, huge);
      case PRODUCT -> {
        List<Detector> layers = new ArrayList<>(computed(detect, huge));
        // Of large ones it depends on the product, and below a threshold none is seen.
        if (detect.abft() == ProductChecks.ALL) {
          layers.add(Detector.ABFT);
        }
        yield layers;
      }
      case STORED_COPY -> detect.scrub() ? List.of(Detector.SCRUB) : List.of();
      case AUDIT -> List.of(Detector.AUDIT);
      case PARAMETERS, FIRST_MOMENTS, SECOND_MOMENTS, REDUCED_GRADIENT, DIGEST ->
          compared ? List.of(Detector.STATE_DIGEST) : List.of();
    };
  }

  /** Of audits of a part of the steps, it is drawn which. */
  private static List<Detector> computed(Detect detect, boolean huge) {
    List<Detector> layers = new ArrayList<>();
    if (detect.screens() && huge) {
      layers.add(Detector.SCREEN);
    }
    if (detect.auditFraction() == 1) {
      layers.add(Detector.AUDIT);
    }
    return layers;
  }

  /** The assignment in one line. */
  String shares() {
    return assignment.entrySet().stream()
        .map(Map.Entry::toString)
        .map(entry -> entry.replace("=", ": "))
        .collect(Collectors.joining("; "));
  }
}
