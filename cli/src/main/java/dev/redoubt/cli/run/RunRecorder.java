package dev.redoubt.cli.run;

import dev.redoubt.cli.RunEngine.Event;
import dev.redoubt.cli.RunEngine.Observer;
import dev.redoubt.cli.RunEngine.Progress;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.core.Note;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Span;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.Digest;
import dev.redoubt.fault.Strike;
import dev.redoubt.node.RunListener;
import dev.redoubt.node.RunSpec;
import dev.redoubt.trainer.GoldenResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keeps the history of a run, and passes it on to the journal and the terminal as it comes. */
final class RunRecorder implements RunListener {

  private final Scenario scenario;
  private final RunSpec spec;
  private final @Nullable GoldenResult golden;
  private final RunHistory history;
  private final Observer observer;
  private int alive;
  private long epoch;
  private boolean diverged;

  RunRecorder(
      Scenario scenario,
      RunSpec spec,
      @Nullable GoldenResult golden,
      RunHistory history,
      Observer observer) {
    this.scenario = scenario;
    this.spec = spec;
    this.golden = golden;
    this.history = history;
    this.observer = observer;
  }

  @Override
  public void members(int count) {
    alive = count;
    emit(null, "", "members", null, Map.of("alive", count));
  }

  @Override
  public void struck(long nanos, Strike strike) {
    history.add(nanos, strike);
    emit(
        strike.step(),
        strike.node(),
        "fault-struck",
        "fault " + strike.faultId() + " struck " + strike.node() + ": " + strike.evidence(),
        Map.of("fault", strike.faultId(), "kind", strike.kind(), "evidence", strike.evidence()));
  }

  @Override
  public void refused(long nanos, String worker, String what, String reason) {
    emit(null, worker, "refused", null, Map.of("what", what, "reason", reason));
  }

  @Override
  public void note(long nanos, Note note) {
    history.add(nanos, note);
    epoch = note.epoch();
    switch (note) {
      case Note.EpochOpened opened ->
          emit(
              opened.base() + 1,
              "controller",
              "epoch-opened",
              null,
              fields(
                  "cause",
                  opened.cause(),
                  "base",
                  opened.base(),
                  "seats",
                  opened.assignment().seats().stream()
                      .map(seat -> seat.rank() + "=" + seat.worker())
                      .toList()));
      case Note.StepStarted started ->
          emit(started.step(), "controller", "step-started", null, Map.of());
      case Note.StepCommitted committed -> committed(committed);
      case Note.RolledBack back ->
          emit(
              back.from(),
              "controller",
              "rolled-back",
              "back from version " + back.from() + " to " + back.to() + ": " + back.reason(),
              fields("from", back.from(), "to", back.to(), "cause", back.reason()));
      case Note.Detected detected ->
          emit(
              detected.step(),
              "controller",
              "detected",
              detected.detector().label() + " alarm about " + ranks(detected.suspects()),
              fields(
                  "detector",
                  detected.detector().label(),
                  "suspects",
                  detected.suspects().stream().map(Rank::toString).toList(),
                  "cause",
                  detected.evidence()));
      case Note.Blamed blamed ->
          emit(
              blamed.step(),
              name(blamed.worker()),
              "blamed",
              "blamed "
                  + (blamed.rank() == null ? "nobody" : blamed.rank())
                  + " ("
                  + Words.kebab(blamed.kind())
                  + "): "
                  + blamed.evidence(),
              fields(
                  "detector",
                  blamed.detector().label(),
                  "kind",
                  Words.kebab(blamed.kind()),
                  "cause",
                  blamed.evidence()));
      case Note.Restored restored ->
          emit(
              restored.version(),
              restored.worker().name(),
              "restored",
              restored.rank()
                  + " took "
                  + restored.blocks()
                  + " blocks of version "
                  + restored.version()
                  + " from "
                  + restored.donor(),
              fields(
                  "donor",
                  restored.donor().name(),
                  "blocks",
                  restored.blocks(),
                  "bytes",
                  restored.bytes()));
      case Note.WorkerLost lost ->
          emit(
              lost.step(),
              lost.worker().name(),
              "worker-lost",
              "lost " + lost.worker() + ": " + lost.reason(),
              fields("detector", lost.detector().label(), "cause", lost.reason()));
      case Note.Evicted evicted ->
          emit(
              evicted.step(),
              evicted.worker().name(),
              "evicted",
              "evicted " + evicted.rank() + ": " + evicted.reason(),
              fields("cause", evicted.reason()));
      case Note.Replaced replaced ->
          emit(
              null,
              replaced.spare().name(),
              "replaced",
              replaced.spare() + " takes over " + replaced.rank(),
              fields("rank", replaced.rank().toString(), "lost", replaced.lost().name()));
      case Note.Dissolved dissolved ->
          emit(
              null,
              dissolved.lost().name(),
              "dissolved",
              "pod " + dissolved.pod() + " is dissolved",
              fields("pod", dissolved.pod()));
      case Note.Refused refused ->
          emit(
              null,
              "controller",
              "refused",
              null,
              fields("what", refused.message(), "reason", refused.reason()));
      case Note.Concluded concluded ->
          emit(
              null, "controller", "concluded", null, fields("cause", concluded.verdict().reason()));
    }
  }

  private void committed(Note.StepCommitted committed) {
    List<String> digests = committed.digests().stream().map(Digest::toString).toList();
    emit(
        committed.step(),
        "controller",
        "step-committed",
        null,
        fields(
            "loss",
            committed.loss(),
            "digests",
            digests,
            "microbatches",
            committed.assignment().spans().stream().map(Span::toString).toList()));
    if (golden != null && !digests.isEmpty() && !diverged) {
      String wanted = golden.digest(Math.toIntExact(committed.step())).toString();
      if (!wanted.equals(digests.getFirst())) {
        diverged = true;
        emit(
            committed.step(),
            "controller",
            "diverged",
            null,
            fields("wanted", wanted, "committed", digests.getFirst()));
      }
    }
    observer.step(
        new Progress(
            Math.toIntExact(committed.step()),
            scenario.train().steps(),
            committed.loss(),
            alive,
            scenario.cluster().workers(),
            history.strikes().size(),
            new Attribution(history, spec.faults().faults()).found()));
  }

  private void emit(
      @Nullable Long step,
      String node,
      String kind,
      @Nullable String headline,
      Map<String, Object> fields) {
    Integer number = step == null ? null : Math.toIntExact(step);
    String line = headline == null || step == null ? headline : "step " + step + ": " + headline;
    observer.event(new Event(number, epoch, node, kind, line, fields));
  }

  private static Map<String, Object> fields(Object... pairs) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      fields.put((String) pairs[i], pairs[i + 1]);
    }
    return fields;
  }

  private static String name(@Nullable WorkerId worker) {
    return worker == null ? "" : worker.name();
  }

  private static String ranks(List<Rank> ranks) {
    return ranks.isEmpty()
        ? "nobody known"
        : String.join(", ", ranks.stream().map(Rank::toString).toList());
  }
}
