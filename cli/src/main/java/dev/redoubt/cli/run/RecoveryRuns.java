package dev.redoubt.cli.run;

import dev.redoubt.cli.EnvironmentException;
import dev.redoubt.cli.run.LossRecovery.Moments;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioException;
import dev.redoubt.cli.scenario.ScenarioLoader;
import dev.redoubt.core.Note;
import dev.redoubt.core.Verdict;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.Strike;
import dev.redoubt.node.Checkpoints;
import dev.redoubt.node.PortTakenException;
import dev.redoubt.node.RunListener;
import dev.redoubt.node.RunSpec;
import dev.redoubt.node.StepMeasure;
import dev.redoubt.node.process.ProcessCluster;
import dev.redoubt.trainer.GoldenResult;
import dev.redoubt.trainer.GoldenRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Loses a worker by {@code kill -9} in mode {@code processes}, and takes the time until the next
 * step is committed: out of the others' memory, and by starting the job again from a checkpoint.
 *
 * <p>The baseline is what public frameworks do, without what slows them: the end of the process is
 * seen at once, the others are killed and not waited for, the processes are started side by side,
 * and the file is still in the system's cache when it is read.
 *
 * <p>In memory every version is held against the golden run. What is done again from a checkpoint
 * is held against what was committed before.
 */
public final class RecoveryRuns {

  private final RecoveryPlan plan;
  private final Path folder;
  private final Consumer<String> progress;
  private final List<Digest> golden = new ArrayList<>();
  private final Scenario inMemory;
  private final Scenario onDisk;
  private int runs;

  /**
   * Computes the golden bits, too.
   *
   * @param folder for the logs, and for the checkpoints: on the disk that is to be measured
   * @param progress is told what is done next
   */
  public RecoveryRuns(RecoveryPlan plan, Path folder, Consumer<String> progress)
      throws EnvironmentException, ScenarioException, IOException, InterruptedException {
    this.plan = plan;
    this.folder = folder;
    this.progress = progress;
    inMemory = load(plan.inMemory(), "in-memory.yaml");
    onDisk = load(plan.onDisk(), "on-disk.yaml");
    progress.accept("golden run");
    RunSpec spec = Specs.of(inMemory);
    int threads = Runtime.getRuntime().availableProcessors();
    GoldenResult result =
        GoldenRun.run(spec.model(), spec.train(), spec.data(), threads, step -> {});
    for (int version = 0; version <= spec.train().steps(); version++) {
      golden.add(result.digest(version));
    }
  }

  /**
   * What one round found.
   *
   * @param spare a spare took the lost rank over
   * @param dissolved there was no spare: the pod's microbatches went to the other one
   * @param disk the job was started again from its checkpoint
   * @param stepNanos of the steps before the loss in memory, the first ones left out
   */
  public record Round(
      LossRecovery spare, LossRecovery dissolved, LossRecovery disk, List<Long> stepNanos) {

    /** Copies the list. */
    public Round {
      stepNanos = List.copyOf(stepNanos);
    }
  }

  private Scenario load(String text, String name) throws ScenarioException, IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    return new ScenarioLoader(new TrainerModels()).load(file);
  }

  /** Each of them once. */
  public Round round() throws EnvironmentException, IOException, InterruptedException {
    progress.accept("a worker is lost, and then another: in memory");
    Log memory = new Log(step -> golden.get(Math.toIntExact(step)));
    run(memory, Specs.of(inMemory));
    progress.accept("a worker is lost: from a checkpoint");
    LossRecovery disk = disk();
    return new Round(
        LossRecovery.inMemory(memory.history, RecoveryPlan.FIRST),
        LossRecovery.inMemory(memory.history, RecoveryPlan.SECOND),
        disk,
        memory.steps());
  }

  private void run(Log log, RunSpec spec)
      throws EnvironmentException, IOException, InterruptedException {
    Verdict verdict = cluster(plan.inMemory(), spec, new FaultLedger(spec.faults())).start(log);
    if (!(verdict instanceof Verdict.Completed)) {
      throw new EnvironmentException("the run ended with " + verdict + "; see " + folder);
    }
  }

  private LossRecovery disk() throws EnvironmentException, IOException, InterruptedException {
    Path files = Files.createDirectories(folder.resolve("checkpoints-" + runs));
    RunSpec spec = Specs.of(onDisk).with(new Checkpoints(files, plan.every(), 0));
    FaultLedger ledger = new FaultLedger(spec.faults());
    Log before = new Log(step -> null);
    Verdict lost = cluster(plan.onDisk(), spec, ledger).start(before);
    long decided = System.nanoTime();
    long version = required(spec).newest(spec);
    if (before.endedAt == 0 || version == 0) {
      throw new EnvironmentException(
          "the job ended with %s and version %d on disk; see %s".formatted(lost, version, folder));
    }
    Log after = new Log(before.committed::get);
    RunSpec rest = spec.with(new Checkpoints(files, plan.every(), version));
    Verdict verdict = cluster(plan.onDisk(), rest, ledger).start(after);
    if (!(verdict instanceof Verdict.Completed)) {
      throw new EnvironmentException("the rest ended with " + verdict + "; see " + folder);
    }
    return fromDisk(before, decided, after.history, version);
  }

  private static Checkpoints required(RunSpec spec) {
    Checkpoints checkpoints = spec.checkpoints();
    if (checkpoints == null) {
      throw new IllegalStateException("a run without checkpoints");
    }
    return checkpoints;
  }

  private LossRecovery fromDisk(Log before, long decided, RunHistory after, long version) {
    long struck = LossRecovery.strike(before.history, RecoveryPlan.FIRST).nanos();
    long step = plan.steps() + 1L;
    return new Moments(struck)
        .at(LossRecovery.NOTICED, before.endedAt)
        .at(LossRecovery.DECIDED, decided)
        .at(LossRecovery.STARTED, first(after, Note.EpochOpened.class, 0))
        .at(LossRecovery.MOVED, first(after, Note.StepStarted.class, version + 1))
        .at(LossRecovery.REPLAYED, first(after, Note.StepStarted.class, step))
        .at(LossRecovery.RUNNING, first(after, Note.StepCommitted.class, step))
        .repeating(Math.toIntExact(step - 1 - version));
  }

  private static <N extends Note> long first(RunHistory history, Class<N> type, long step) {
    return LossRecovery.next(
            history,
            type,
            0,
            note ->
                switch (note) {
                  case Note.StepStarted started -> started.step() == step;
                  case Note.StepCommitted committed -> committed.step() == step;
                  default -> true;
                })
        .nanos();
  }

  private interface Start {
    Verdict start(RunListener listener)
        throws EnvironmentException, IOException, InterruptedException;
  }

  /** A cluster with a run directory of its own. */
  private Start cluster(String scenario, RunSpec spec, FaultLedger ledger) {
    return listener -> {
      runs++;
      Path directory = Files.createDirectories(folder.resolve("run-" + runs));
      Files.writeString(directory.resolve("scenario.resolved.yaml"), scenario);
      try {
        return Cluster.processes(directory, MemoryBudget.heapBytes(spec), false)
            .run(spec, ledger, listener);
      } catch (PortTakenException e) {
        throw new EnvironmentException(String.valueOf(e.getMessage()), e);
      }
    };
  }

  /** Keeps the history, and holds every committed version against what is known of it. */
  private final class Log implements RunListener {

    private final LongFunction<@Nullable Digest> known;
    private final Map<Long, Digest> committed = new HashMap<>();

    private final RunHistory history = new RunHistory();
    private long endedAt;

    /**
     * An empty one.
     *
     * @param known what a version has to be; null if that is not known
     */
    Log(LongFunction<@Nullable Digest> known) {
      this.known = known;
    }

    @Override
    public void note(long nanos, Note note) {
      history.add(nanos, note);
      if (note instanceof Note.StepCommitted step && !step.digests().isEmpty()) {
        Digest found = Digest.combine(step.digests());
        Digest wanted = known.apply(step.step());
        if (wanted != null && !wanted.equals(found)) {
          throw new IllegalStateException(
              "step %d should be %s and is %s".formatted(step.step(), wanted, found));
        }
        committed.put(step.step(), found);
      }
    }

    @Override
    public void struck(long nanos, Strike strike) {
      history.add(nanos, strike);
    }

    @Override
    public void machine(long nanos, String node, String kind, String what) {
      if (kind.endsWith(ProcessCluster.JOB_ENDS)) {
        endedAt = nanos;
      }
    }

    @Override
    public void refused(long nanos, String worker, String what, String reason) {}

    @Override
    public void measured(long nanos, StepMeasure measure) {}

    @Override
    public void members(int alive) {}

    /** What the steps before the first loss took; code is cold in the first half. */
    List<Long> steps() {
      List<Long> taken = new ArrayList<>();
      for (int step = plan.before() / 2 + 1; step <= plan.before(); step++) {
        taken.add(
            first(history, Note.StepCommitted.class, step)
                - first(history, Note.StepStarted.class, step));
      }
      return taken;
    }
  }
}
