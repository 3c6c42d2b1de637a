package dev.redoubt.cli.run;

import dev.redoubt.cli.EnvironmentException;
import dev.redoubt.cli.RunEngine;
import dev.redoubt.cli.report.RunOutcome;
import dev.redoubt.cli.report.RunOutcome.Diagnosis;
import dev.redoubt.cli.report.RunOutcome.Ending;
import dev.redoubt.cli.report.RunOutcome.Eviction;
import dev.redoubt.cli.report.RunOutcome.Loss;
import dev.redoubt.cli.run.RunHistory.Timed;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.core.Note;
import dev.redoubt.core.Verdict;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.node.BothListeners;
import dev.redoubt.node.PortTakenException;
import dev.redoubt.node.Role;
import dev.redoubt.node.RunListener;
import dev.redoubt.node.RunSpec;
import dev.redoubt.trainer.GoldenResult;
import dev.redoubt.trainer.GoldenRun;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.program.Shard;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The golden run first, in this JVM; then the cluster: in this JVM too, in one for each member, or
 * in containers.
 */
public final class ClusterEngine implements RunEngine {

  private final MemoryBudget memory;

  /** An engine that asks the machine how much memory it has. */
  public ClusterEngine() {
    this(MemoryBudget.ofThisMachine());
  }

  ClusterEngine(MemoryBudget memory) {
    this.memory = memory;
  }

  @Override
  public RunOutcome run(Scenario scenario, Path directory, Observer observer)
      throws EnvironmentException {
    ModelConfig model = TrainerModels.model(scenario.model().name(), scenario.model().dimensions());
    Shard part = new Shard(0, scenario.cluster().workersPerPod());
    memory.check(scenario, ParameterLayout.of(model), ParameterLayout.of(model, part));
    RunSpec planned = Specs.of(scenario).onDisk(NodeFile.versions(directory));
    RunSpec spec = observer.live().isPresent() ? planned.openToFaults() : planned;
    boolean metrics = observer.metrics().isPresent();
    return new OneRun(scenario, spec, cluster(scenario, spec, directory, metrics), observer).run();
  }

  private static Cluster cluster(Scenario scenario, RunSpec spec, Path directory, boolean metrics) {
    long heapBytes = MemoryBudget.heapBytes(spec);
    return switch (scenario.mode()) {
      case LOCAL -> Cluster.local();
      case PROCESSES -> Cluster.processes(directory, heapBytes, metrics);
      case CONTAINERS -> Cluster.containers(directory, scenario, heapBytes, metrics);
      case SIM -> throw new IllegalStateException("checked before: " + scenario.mode().word());
    };
  }

  /** What a run has while it goes. */
  private static final class OneRun {

    private final Scenario scenario;
    private final RunSpec spec;
    private final Cluster cluster;
    private final Observer observer;
    private final FaultLedger ledger;
    private final RunHistory history = new RunHistory();
    private final ResidentMemory memory;
    private @Nullable GoldenResult golden;
    private @Nullable Verdict verdict;
    private long startedAt;

    OneRun(Scenario scenario, RunSpec spec, Cluster cluster, Observer observer) {
      this.scenario = scenario;
      this.spec = spec;
      this.cluster = cluster;
      this.observer = observer;
      this.ledger = new FaultLedger(spec.faults());
      this.memory = new ResidentMemory(spec.train().steps());
    }

    RunOutcome run() throws EnvironmentException {
      TimeLimit limit = new TimeLimit(scenario.timeouts().runSecondsMax());
      try {
        golden();
        startedAt = System.nanoTime();
        RunRecorder recorder =
            new RunRecorder(scenario, spec, ledger, golden, history, memory, observer);
        RunListener all = new BothListeners(shown(measured(recorder)), limit);
        verdict = cluster.run(spec, ledger, all);
      } catch (InterruptedException e) {
        return limit.isOver()
            ? outcome(Ending.OUT_OF_TIME, late())
            : outcome(Ending.INTERRUPTED, "the run was stopped from outside");
      } catch (PortTakenException e) {
        throw new EnvironmentException(
            e.getMessage() + ": free it, give cluster.port another number, or 0 for any free ports",
            e);
      } finally {
        limit.end();
      }
      return switch (verdict) {
        case Verdict.Completed ignored -> outcome(Ending.COMPLETED, "");
        case Verdict.Lost lost -> outcome(Ending.LOST, lost.reason());
        case Verdict.Undecidable open -> outcome(Ending.UNDECIDABLE, open.reason());
        case Verdict.NotFormed notFormed ->
            throw new EnvironmentException(
                "the cluster did not form: "
                    + notFormed.reason()
                    + "; a machine under heavy load may need a larger timeouts.joinMillisMax");
      };
    }

    private String late() {
      return "the run was not over after %d s: %d of %d steps were committed"
          .formatted(
              scenario.timeouts().runSecondsMax(),
              history.standing().size(),
              scenario.train().steps());
    }

    /** The recorder, and whoever measures the run beside it. */
    private RunListener measured(RunRecorder recorder) {
      return observer
          .metrics()
          .<RunListener>map(
              scraping ->
                  new BothListeners(
                      recorder,
                      new RunMetrics(scraping, scenario, spec, ledger, golden, history, startedAt)))
          .orElse(recorder);
    }

    /** The live page is written on last: it looks at the history, too. */
    private RunListener shown(RunListener others) {
      return observer
          .live()
          .<RunListener>map(
              page ->
                  new BothListeners(
                      others, LiveRun.on(page, scenario, spec, ledger, golden, history, observer)))
          .orElse(others);
    }

    private void golden() throws InterruptedException {
      int threads = Math.min(Runtime.getRuntime().availableProcessors(), 8);
      event("golden-run-started", "golden run, fault-free, in one process", Map.of());
      long start = System.nanoTime();
      GoldenResult result =
          GoldenRun.run(
              spec.model(),
              spec.train(),
              spec.data(),
              threads,
              scenario.cluster().workersPerPod(),
              step -> {});
      golden = result;
      double seconds = (System.nanoTime() - start) * 1e-9;
      event(
          "golden-run-ended",
          "golden digest %s after %d steps in %.1f s"
              .formatted(result.finalDigest(), spec.train().steps(), seconds),
          Map.of(
              "digest",
              result.finalDigest().toString(),
              "seconds",
              seconds,
              "losses",
              result.losses()));
    }

    private void event(String kind, String headline, Map<String, Object> fields) {
      observer.event(new Event(null, 0, "", kind, headline, fields));
    }

    private RunOutcome outcome(Ending ending, String reason) {
      Digest wanted = golden == null ? null : golden.finalDigest();
      SequencedMap<String, String> finals = finals();
      Boolean isGolden =
          (wanted == null || finals.isEmpty())
              ? null
              : finals.values().stream().allMatch(wanted.toString()::equals);
      Attribution attribution =
          new Attribution(
              history, ledger.plan().faults(), spec.protocol().keepVersions(), this::bits);
      boolean stuck = ending == Ending.OUT_OF_TIME;
      List<RunOutcome.FaultReport> faults = attribution.reports(isGolden, verdict, stuck);
      attribution.unexplained().forEach(this::falseAlarm);
      TimeLedger time = new TimeLedger(history, startedAt == 0 ? System.nanoTime() : startedAt);
      NavigableMap<Long, Note.StepCommitted> standing = history.standing();
      return new RunOutcome(
          ending,
          reason,
          standing.isEmpty() ? 0 : Math.toIntExact(standing.lastKey()),
          wanted == null ? null : wanted.toString(),
          finals,
          spec.data().digest(),
          ParameterLayout.of(spec.model()).parameterCount(),
          faults,
          attribution.falseAlarms(),
          AuditAccount.of(history, spec.protocol().audits()),
          SpeculationAccount.of(history, spec.protocol().patience()),
          spec.scan() ? ScanAccount.of(history) : null,
          diagnoses(),
          evictions(),
          time.recoveries(),
          time.stepSeconds(),
          ExposedTime.of(history),
          time.ledger(),
          time.goodput(),
          loss(standing),
          SampleAccount.of(history, scenario, spec.data()),
          memory.use(),
          NodeLedger.of(history, time, ledger.plan().faults(), workers(), startedAt));
    }

    /** Only at the end is it known that nothing explains an alarm. */
    private void falseAlarm(Alarm alarm) {
      observer.event(
          new Event(
              Math.toIntExact(alarm.step()),
              0,
              "controller",
              "false-alarm",
              null,
              Map.of(
                  "detector",
                  alarm.detector().label(),
                  "suspects",
                  alarm.suspects().stream().map(Object::toString).toList())));
    }

    private List<String> workers() {
      return spec.members().stream().filter(name -> RunSpec.role(name) == Role.WORKER).toList();
    }

    private static @Nullable Loss loss(NavigableMap<Long, Note.StepCommitted> standing) {
      return standing.isEmpty()
          ? null
          : new Loss(
              standing.firstEntry().getValue().loss(), standing.lastEntry().getValue().loss());
    }

    /** Whether a committed step has the golden bits; empty if its copies were not compared. */
    private Optional<Boolean> bits(Note.StepCommitted committed) {
      GoldenResult oracle = golden;
      if (oracle == null || committed.digests().isEmpty()) {
        return Optional.empty();
      }
      Digest wanted = oracle.digest(Math.toIntExact(committed.step()));
      return Optional.of(wanted.equals(Digest.combine(committed.digests())));
    }

    /** The digest of each pod's whole model: those of its ranks, combined. */
    private SequencedMap<String, String> finals() {
      SequencedMap<Integer, List<Digest>> pods = new LinkedHashMap<>();
      if (verdict instanceof Verdict.Completed completed) {
        completed.finals().stream()
            .sorted(Comparator.comparing(Verdict.FinalDigest::rank))
            .forEach(
                copy ->
                    pods.computeIfAbsent(copy.rank().pod(), pod -> new ArrayList<>())
                        .add(copy.digest()));
      }
      SequencedMap<String, String> finals = new LinkedHashMap<>();
      pods.forEach((pod, ranks) -> finals.put("pod" + pod, Digest.combine(ranks).toString()));
      return finals;
    }

    private List<Diagnosis> diagnoses() {
      return history.all(Note.Diagnosed.class).stream()
          .map(Timed::what)
          .map(
              note -> {
                Note.Located found = note.found();
                return new Diagnosis(
                    note.rank().toString(),
                    Math.toIntExact(note.step()),
                    Words.kebab(note.kind()),
                    found == null ? null : found.name(),
                    found == null ? null : Integer.valueOf(found.microbatch()),
                    found == null ? null : Integer.valueOf(found.row()),
                    found == null ? null : Integer.valueOf(found.column()),
                    found == null ? List.of() : found.bits(),
                    note.evidence());
              })
          .toList();
    }

    private List<Eviction> evictions() {
      return history.all(Note.Evicted.class).stream()
          .map(Timed::what)
          .map(
              note ->
                  new Eviction(note.rank().toString(), Math.toIntExact(note.step()), note.reason()))
          .toList();
    }
  }
}
