package dev.redoubt.cli.run;

import dev.redoubt.cli.RunEngine.Event;
import dev.redoubt.cli.RunEngine.Observer;
import dev.redoubt.cli.RunEngine.Progress;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.core.Note;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.Strike;
import dev.redoubt.node.RunListener;
import dev.redoubt.node.RunSpec;
import dev.redoubt.node.StepMeasure;
import dev.redoubt.trainer.GoldenResult;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keeps the history of a run, and passes it on to the journal and the terminal as it comes. */
final class RunRecorder implements RunListener {

  private final Scenario scenario;
  private final RunSpec spec;
  private final FaultLedger ledger;
  private final @Nullable GoldenResult golden;
  private final RunHistory history;
  private final ResidentMemory memory;
  private final Observer observer;
  private int alive;
  private long epoch;
  private boolean diverged;
  private boolean newAlarms;
  private int found;

  RunRecorder(
      Scenario scenario,
      RunSpec spec,
      FaultLedger ledger,
      @Nullable GoldenResult golden,
      RunHistory history,
      ResidentMemory memory,
      Observer observer) {
    this.scenario = scenario;
    this.spec = spec;
    this.ledger = ledger;
    this.golden = golden;
    this.history = history;
    this.memory = memory;
    this.observer = observer;
  }

  @Override
  public void members(int count) {
    alive = count;
    event(null, "", "members", null, Map.of("alive", count));
  }

  @Override
  public void acting(long nanos, String node) {
    event(null, node, "controller-acting", null, Map.of());
  }

  @Override
  public void machine(long nanos, String node, String kind, String what) {
    history.add(nanos, new RunHistory.MachineEvent(node, kind));
    String headline = kind.equals("ended") ? node + ": " + what : null;
    event(null, node, "member-" + kind, headline, Map.of("what", what));
  }

  @Override
  public void struck(long nanos, Strike strike) {
    history.add(nanos, strike);
    newAlarms = true;
    event(
        Math.toIntExact(strike.step()),
        strike.node(),
        "fault-struck",
        "step %d: fault %s struck %s: %s"
            .formatted(strike.step(), strike.faultId(), strike.node(), strike.evidence()),
        Map.of("fault", strike.faultId(), "kind", strike.kind(), "evidence", strike.evidence()));
  }

  @Override
  public void refused(long nanos, String worker, String what, String reason) {
    event(null, worker, "refused", null, Map.of("what", what, "reason", reason));
  }

  /**
   * Kept until the step is committed: what was measured of a step that is done again is of no use.
   */
  @Override
  public void measured(long nanos, StepMeasure measure) {
    history.add(measure);
  }

  @Override
  public void note(long nanos, Note note) {
    history.add(nanos, note);
    epoch = note.epoch();
    observer.event(NoteEvents.of(note));
    switch (note) {
      case Note.StepCommitted committed -> committed(committed);
      case Note.Detected ignored -> newAlarms = true;
      case Note.Blamed ignored -> newAlarms = true;
      case Note.WorkerLost ignored -> newAlarms = true;
      default -> {}
    }
  }

  private void committed(Note.StepCommitted committed) {
    compareWithGolden(committed);
    measured(committed);
    memory.committed(committed.step());
    observer.step(
        new Progress(
            Math.toIntExact(committed.step()),
            scenario.train().steps(),
            committed.loss(),
            alive,
            scenario.cluster().workers(),
            history.strikes().size(),
            found()));
  }

  private void measured(Note.StepCommitted committed) {
    ExposedTime.StepShare share = ExposedTime.of(history.measures(committed));
    if (share != null) {
      event(
          Math.toIntExact(committed.step()),
          "controller",
          "step-measured",
          null,
          Map.of(
              "exposedCommunication",
              share.exposed(),
              "worstWorker",
              share.worstWorker(),
              "worst",
              share.worst(),
              "computeSeconds",
              share.computeSeconds(),
              "bytesSent",
              share.bytesSent()));
    }
  }

  /** The first step whose agreed bits are not golden is where a corruption got through. */
  private void compareWithGolden(Note.StepCommitted committed) {
    if (golden == null || committed.digests().isEmpty() || diverged) {
      return;
    }
    int step = Math.toIntExact(committed.step());
    String wanted = golden.digest(step).toString();
    String agreed = Digest.combine(committed.digests()).toString();
    if (!wanted.equals(agreed)) {
      diverged = true;
      event(step, "controller", "diverged", null, Map.of("wanted", wanted, "committed", agreed));
    }
  }

  /** The history is only gone through again when there is something new to be found in it. */
  private int found() {
    if (newAlarms) {
      newAlarms = false;
      found = new Alarms(history, ledger.plan().faults(), spec.protocol().keepVersions()).found();
    }
    return found;
  }

  private void event(
      @Nullable Integer step,
      String node,
      String kind,
      @Nullable String headline,
      Map<String, Object> fields) {
    observer.event(new Event(step, epoch, node, kind, headline, fields));
  }
}
