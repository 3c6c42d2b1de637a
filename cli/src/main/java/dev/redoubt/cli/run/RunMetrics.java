package dev.redoubt.cli.run;

import dev.redoubt.cli.metrics.Level;
import dev.redoubt.cli.metrics.Metric;
import dev.redoubt.cli.metrics.MetricRegistry;
import dev.redoubt.cli.metrics.MetricTable;
import dev.redoubt.cli.metrics.ScrapeTargets;
import dev.redoubt.cli.metrics.Scraping;
import dev.redoubt.cli.report.RunOutcome.Recovery;
import dev.redoubt.cli.run.RunHistory.Timed;
import dev.redoubt.cli.run.TimeLedger.Account;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.core.Detector;
import dev.redoubt.core.Note;
import dev.redoubt.core.Note.Trigger;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Verdict;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.Strike;
import dev.redoubt.node.RunListener;
import dev.redoubt.node.RunSpec;
import dev.redoubt.node.StepMeasure;
import dev.redoubt.store.VersionStore;
import dev.redoubt.trainer.GoldenResult;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Turns what happens in a run into metrics, as it happens. All comes from the notes and events that
 * the journal has too; the time's accounts and a fault's first alarm are found as in the report. No
 * call stands in the protocol or in a machine's way.
 */
final class RunMetrics implements RunListener {

  private static final String RUNNING = "running";
  private static final List<String> VERDICTS =
      List.of(RUNNING, "completed", "lost", "undecidable", "not-formed");

  private final MetricRegistry registry;
  private final ScrapeTargets targets;
  private final RunSpec spec;
  private final FaultLedger ledger;
  private final RunHistory history;
  private final @Nullable GoldenResult golden;
  private final double @Nullable [] goldenLosses;
  private final TimeLedger time;
  private final NodeStates nodes;
  private final Level members;
  private final Level newest;
  private final Level lag;
  private final Level loss;
  private final Level goldenLoss;
  private final Level open;
  private final Level unexplained;
  private final Set<String> found = new HashSet<>();
  private int stepsTimed;
  private int recoveriesTimed;
  private long committed;
  private long attested;
  private boolean newAlarms;

  /** Registers all series, so that each is there at 0 before anything happens. */
  RunMetrics(
      Scraping scraping,
      Scenario scenario,
      RunSpec spec,
      FaultLedger ledger,
      @Nullable GoldenResult golden,
      RunHistory history,
      long startedAt) {
    this.registry = scraping.registry();
    this.targets = scraping.targets();
    this.spec = spec;
    this.ledger = ledger;
    this.golden = golden;
    this.goldenLosses = golden == null ? null : golden.losses();
    this.history = history;
    this.time = new TimeLedger(startedAt);
    this.nodes =
        new NodeStates(
            registry, spec.members().stream().filter(name -> name.startsWith("w")).toList());
    this.members = registry.level(MetricTable.MEMBERS);
    this.newest = registry.level(MetricTable.STEPS_NEWEST);
    this.lag = registry.level(MetricTable.WATERMARK_LAG);
    this.loss = registry.level(MetricTable.LOSS);
    this.goldenLoss = registry.level(MetricTable.LOSS_GOLDEN);
    this.open = registry.level(MetricTable.FAULTS_OPEN);
    this.unexplained = registry.level(MetricTable.FALSE_ALARMS);
    loss.set(Double.NaN);
    goldenLoss.set(Double.NaN);
    plan(scenario);
    gauges();
    zeros(scenario);
    verdict(RUNNING);
  }

  private void plan(Scenario scenario) {
    registry.level(MetricTable.STEPS_PLANNED).set(scenario.train().steps());
    registry.level(MetricTable.MEMBERS_PLANNED).set(scenario.cluster().workers());
    registry.level(MetricTable.SPARES_PLANNED).set(scenario.cluster().spares());
    registry.level(MetricTable.GUESTS_COPIES).set(0);
    registry.level(MetricTable.GUESTS_WANTED).set(spec.protocol().buddies().copies());
    for (Fault fault : spec.faults().faults()) {
      Level planned = registry.level(MetricTable.FAULTS_PLANNED, fault.kind());
      planned.set(planned.value() + 1);
      registry.counter(MetricTable.FAULTS_STRUCK, fault.kind());
      registry.counter(MetricTable.FAULTS_FOUND, fault.kind());
    }
  }

  private void gauges() {
    registry.gauge(MetricTable.GOODPUT, this::goodput);
    registry.gauge(MetricTable.VERSIONS_BYTES, VersionStore::bytesHeld);
    for (Account account : Account.values()) {
      registry.gauge(MetricTable.LEDGER, () -> seconds(account), Words.kebab(account));
    }
  }

  private synchronized double goodput() {
    Double ratio = time.goodput();
    return ratio == null ? Double.NaN : ratio;
  }

  private synchronized double seconds(Account account) {
    return time.seconds(account);
  }

  /** A rate of a series that begins with its first event would miss that event. */
  private void zeros(Scenario scenario) {
    for (Detector detector : Detector.values()) {
      registry.counter(MetricTable.DETECTIONS, detector.label());
      registry.counter(MetricTable.WORKERS_LOST, detector.label());
      registry.timer(MetricTable.DETECTION_LATENCY, detector.label());
      for (Note.Kind kind : Note.Kind.values()) {
        registry.counter(MetricTable.BLAMES, detector.label(), Words.kebab(kind));
      }
    }
    for (Trigger trigger : Trigger.values()) {
      registry.counter(MetricTable.EPOCHS, Words.kebab(trigger));
    }
    for (int pod = 0; pod < scenario.cluster().pods(); pod++) {
      registry.counter(MetricTable.EVICTIONS, pod(pod));
      registry.counter(MetricTable.FABRIC_RESTORED, pod(pod));
      registry.counter(MetricTable.BLOCKS_RESTORED, pod(pod));
    }
    List.of("controller", "worker").forEach(by -> registry.counter(MetricTable.REFUSALS, by));
    registry.timer(MetricTable.STEP_DURATION);
    List.of(
            MetricTable.STEPS_COMMITTED,
            MetricTable.STEPS_REPEATED,
            MetricTable.GOLDEN_MISMATCHES,
            MetricTable.ROLLBACKS)
        .forEach(registry::counter);
  }

  private static String pod(int pod) {
    return "pod" + pod;
  }

  private static String pod(@Nullable Rank rank) {
    return rank == null ? "none" : pod(rank.pod());
  }

  private void verdict(String now) {
    VERDICTS.forEach(
        word -> registry.level(MetricTable.RUN_VERDICT, word).set(word.equals(now) ? 1 : 0));
    registry.ready(false);
  }

  @Override
  public synchronized void note(long nanos, Note note) {
    time.book(new Timed<>(nanos, note));
    nodes.note(note);
    timed();
    switch (note) {
      case Note.StepStarted started -> started(started);
      case Note.StepCommitted done -> committed(done);
      case Note.EpochOpened opened -> {
        committed = opened.base();
        count(MetricTable.EPOCHS, Words.kebab(opened.trigger()));
      }
      case Note.Detected detected -> detected(detected.detector());
      case Note.WorkerLost lost -> {
        detected(lost.detector());
        count(MetricTable.WORKERS_LOST, lost.detector().label());
      }
      case Note.Blamed blamed -> {
        newAlarms = true;
        count(MetricTable.BLAMES, blamed.detector().label(), Words.kebab(blamed.kind()));
      }
      case Note.Evicted evicted -> count(MetricTable.EVICTIONS, pod(evicted.rank()));
      case Note.RolledBack ignored -> count(MetricTable.ROLLBACKS);
      case Note.Guarded guarded -> registry.level(MetricTable.GUESTS_COPIES).set(guarded.copies());
      case Note.Restored restored -> restored(restored);
      case Note.Refused ignored -> count(MetricTable.REFUSALS, "controller");
      case Note.ControllerChanged ignored -> newAlarms = true;
      case Note.Concluded concluded -> concluded(concluded.verdict());
      default -> {}
    }
  }

  private void count(Metric metric, String... values) {
    registry.counter(metric, values).increment();
  }

  private void timed() {
    for (long step : time.stepNanosSince(stepsTimed)) {
      registry.timer(MetricTable.STEP_DURATION).record(step, TimeUnit.NANOSECONDS);
      stepsTimed++;
    }
    for (Recovery recovery : time.recoveriesSince(recoveriesTimed)) {
      registry
          .timer(MetricTable.RECOVERY_DURATION, recovery.kind())
          .record(Duration.ofNanos((long) (recovery.seconds() * 1e9)));
      registry.counter(MetricTable.STEPS_REPEATED).increment(recovery.stepsRepeated());
      recoveriesTimed++;
    }
  }

  private void started(Note.StepStarted started) {
    registry.ready(true);
    attested = started.step() - 1;
    lag.set((double) Math.max(0, attested - committed));
  }

  private void committed(Note.StepCommitted done) {
    committed = done.step();
    newest.set((double) done.step());
    lag.set((double) Math.max(0, attested - committed));
    loss.set(done.loss());
    count(MetricTable.STEPS_COMMITTED);
    if (goldenLosses != null) {
      goldenLoss.set(goldenLosses[Math.toIntExact(done.step()) - 1]);
    }
    if (golden != null
        && !done.digests().isEmpty()
        && !golden.digest(Math.toIntExact(done.step())).equals(Digest.combine(done.digests()))) {
      count(MetricTable.GOLDEN_MISMATCHES);
    }
    look();
  }

  private void detected(Detector detector) {
    newAlarms = true;
    count(MetricTable.DETECTIONS, detector.label());
  }

  private void restored(Note.Restored restored) {
    String pod = pod(restored.rank());
    registry.counter(MetricTable.FABRIC_RESTORED, pod).increment((double) restored.bytes());
    registry.counter(MetricTable.BLOCKS_RESTORED, pod).increment(restored.blocks());
  }

  private void concluded(Verdict verdict) {
    look();
    verdict(
        switch (verdict) {
          case Verdict.Completed ignored -> "completed";
          case Verdict.Lost ignored -> "lost";
          case Verdict.Undecidable ignored -> "undecidable";
          case Verdict.NotFormed ignored -> "not-formed";
        });
  }

  /** Goes through the history when there is something new to be found in it. */
  private void look() {
    if (!newAlarms) {
      return;
    }
    newAlarms = false;
    Alarms alarms = new Alarms(history, ledger.plan().faults(), spec.protocol().keepVersions());
    for (Timed<Strike> strike : history.strikes()) {
      ledger.plan().faults().stream()
          .filter(fault -> fault.id().equals(strike.what().faultId()))
          .forEach(fault -> alarms.first(fault).ifPresent(alarm -> found(fault, strike, alarm)));
    }
    unexplained.set(alarms.falseAlarms());
    open.set(history.strikes().size() - found.size());
  }

  private void found(Fault fault, Timed<Strike> strike, Alarm alarm) {
    if (found.add(fault.id())) {
      count(MetricTable.FAULTS_FOUND, fault.kind());
      registry
          .timer(MetricTable.DETECTION_LATENCY, alarm.detector().label())
          .record(Math.max(0, alarm.nanos() - strike.nanos()), TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public synchronized void struck(long nanos, Strike strike) {
    newAlarms = true;
    count(MetricTable.FAULTS_STRUCK, strike.kind());
    open.set(history.strikes().size() - found.size());
  }

  @Override
  public synchronized void refused(long nanos, String worker, String what, String reason) {
    count(MetricTable.REFUSALS, "worker");
  }

  @Override
  public synchronized void measured(long nanos, StepMeasure measure) {
    String pod = pod(measure.rank());
    registry
        .timer(MetricTable.COMPUTE_DURATION, pod)
        .record(measure.computeNanos(), TimeUnit.NANOSECONDS);
    registry
        .timer(MetricTable.WAIT_DURATION, pod, "pieces")
        .record(measure.pieceWaitNanos(), TimeUnit.NANOSECONDS);
    registry
        .timer(MetricTable.WAIT_DURATION, pod, "frames")
        .record(measure.frameWaitNanos(), TimeUnit.NANOSECONDS);
    registry.counter(MetricTable.FABRIC_SENT, pod).increment((double) measure.bytesSent());
  }

  @Override
  public synchronized void members(int alive) {
    members.set(alive);
  }

  @Override
  public synchronized void machine(long nanos, String node, String kind, String what) {
    nodes.machine(node, kind);
  }

  @Override
  public void serves(String node, InetSocketAddress address) {
    targets.add(node, RunSpec.role(node).word(), address);
  }

  @Override
  public void gone(String node) {
    targets.remove(node);
  }
}
