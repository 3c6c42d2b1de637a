package dev.redoubt.core;

import dev.redoubt.digest.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Plays the commands of a transcript to a controller or to a worker, and says what it does. */
final class Script {

  private static final WorkerId SELF = new WorkerId("w0");

  private @Nullable ControllerState controller;
  private @Nullable WorkerState worker;
  private @Nullable Memory remembered;
  private long now;

  List<String> play(Command command) {
    return switch (command.name()) {
      case "controller" -> {
        // What the workers remember is what the controller before wrote last.
        remembered = controller == null ? null : controller.reign().memory();
        int incarnation = (int) command.number("incarnation", 0);
        controller =
            incarnation == 0
                ? ControllerState.start(command.config(), now)
                : ControllerState.start(command.config(), incarnation, now);
        yield List.of();
      }
      case "worker" -> {
        worker = WorkerState.start(SELF, command.config());
        yield List.of();
      }
      default ->
          worker == null ? toController(command) : Wording.worker(told(workerEvent(command)));
    };
  }

  /** Where things stand, for blocks whose effects are of no interest. */
  String status() {
    return worker != null
        ? "epoch " + worker.epoch() + ", standing on version " + worker.position()
        : "epoch " + Wording.epoch(state().epoch()) + ", waiting for " + state().waitingFor();
  }

  private ControllerState state() {
    return Objects.requireNonNull(controller, "a transcript begins with controller or worker");
  }

  // The controller.

  private List<String> toController(Command command) {
    List<ControllerEffect> effects = new ArrayList<>();
    if (command.name().equals("tick")) {
      now += command.number("millis");
      effects.addAll(step(new ControllerEvent.Tick()));
    } else {
      command.workers().forEach(from -> effects.addAll(step(controllerEvent(command, from))));
    }
    return Wording.controller(effects);
  }

  private List<ControllerEffect> step(ControllerEvent event) {
    Controller.Step step = Controller.step(state(), event, now);
    controller = step.state();
    return step.effects();
  }

  private ControllerEvent controllerEvent(Command command, WorkerId from) {
    return switch (command.name()) {
      case "down" -> new ControllerEvent.Down(from);
      case "drain" -> new ControllerEvent.Drain(state().roster().rankOf(from).orElseThrow());
      case "unreachable" -> new ControllerEvent.Unreachable(from);
      default -> new ControllerEvent.Received(message(command, from));
    };
  }

  private Message.ToController message(Command c, WorkerId from) {
    long epoch = c.number("epoch", state().epoch());
    return switch (c.name()) {
      case "join" -> new Message.Join(from);
      case "report" -> new Message.Report(from, epoch, remembered, lastAttested(c, from));
      case "remembered" -> new Message.Remembered(from, epoch, state().reign().serial());
      case "outdated" ->
          new Message.Outdated(from, Epoch.claim(epoch, (int) c.number("controller")));
      case "link-broken" -> new Message.LinkBroken(from, c.worker("peer"));
      case "ready" ->
          new Message.Ready(from, epoch, c.number("version"), c.digest("digest"), c.guests());
      case "not-ready" ->
          new Message.NotReady(
              from, epoch, c.number("version"), flaw(c), c.digest("found"), c.guests());
      case "pulled" ->
          new Message.Pulled(
              from, epoch, c.number("version"), c.digest("digest"), c.worker("donor"), 1, 8);
      case "pull-failed" ->
          new Message.PullFailed(
              from,
              epoch,
              c.number("version"),
              c.worker("donor"),
              Message.PullFlaw.valueOf(c.text("flaw")),
              "block 3",
              c.worker(c.find("culprit") == null ? "donor" : "culprit"));
      case "attested" ->
          new Message.Attested(
              from,
              epoch,
              c.number("step"),
              c.digest("state"),
              0.5,
              c.gradients(),
              c.find("rot") == null
                  ? null
                  : new Message.Rot(c.number("step") - 1, new Digest(1), new Digest(2)),
              c.scrubbed(),
              c.find("alarm"),
              c.find("wrong"),
              c.guests());
      case "frame-refused" ->
          new Message.FrameRefused(from, epoch, c.number("step"), c.worker("sender"));
      case "replayed" ->
          new Message.Replayed(
              from, epoch, c.number("step"), c.digest("state"), 0.5, c.find("detail"));
      case "audited" ->
          new Message.Audited(
              from,
              epoch,
              c.number("step"),
              c.span(),
              c.words().contains("standIn"),
              c.digest("digest"),
              0,
              0,
              c.find("detail"));
      case "traced" ->
          new Message.Traced(
              from,
              epoch,
              c.number("step"),
              c.question(),
              c.longs(),
              Objects.requireNonNullElse(c.find("name"), ""),
              c.find("flaw"));
      case "scanned" -> new Message.Scanned(from, c.number("tests", 152), c.find("wrong"));
      case "summed" -> new Message.Summed(from, epoch, c.number("step"));
      case "on-disk" ->
          new Message.OnDisk(
              from, c.number("version"), (int) c.number("shard", 0), Command.hex(c.text("digest")));
      case "final" ->
          new Message.Final(
              from, epoch, c.number("step"), Objects.requireNonNull(c.digest("digest")));
      default -> throw new IllegalArgumentException("no such message: " + c);
    };
  }

  private Message.@Nullable Attested lastAttested(Command c, WorkerId from) {
    return c.find("attested") == null
        ? null
        : new Message.Attested(
            from,
            Objects.requireNonNull(remembered).epoch(),
            c.number("attested"),
            c.digest("state"),
            0.5,
            List.of(),
            null,
            List.of(),
            null,
            c.find("wrong"));
  }

  private static Message.Flaw flaw(Command c) {
    return c.find("found") == null ? Message.Flaw.MISSING : Message.Flaw.CORRUPT;
  }

  // A worker.

  private List<WorkerEffect> told(WorkerEvent event) {
    Worker.Step step = Worker.step(Objects.requireNonNull(worker), event);
    worker = step.state();
    return step.effects();
  }

  private WorkerEvent workerEvent(Command c) {
    long epoch = c.number("epoch", Objects.requireNonNull(worker).epoch());
    return switch (c.name()) {
      case "verified" ->
          new WorkerEvent.Verified(
              epoch, c.number("version"), c.find("found") != null, c.digest("found"), c.guests());
      case "guest-pulled" ->
          c.find("guests") != null
              ? new WorkerEvent.GuestPulled(
                  epoch, c.number("version"), (int) c.number("shard"), c.guests())
              : new WorkerEvent.GuestPulled(
                  epoch,
                  c.number("version"),
                  (int) c.number("shard"),
                  c.find("flaw") == null ? null : Message.PullFlaw.valueOf(c.text("flaw")),
                  c.find("digest") == null
                      ? List.of()
                      : List.of(
                          new Message.StoredDigest(
                              c.number("version"), Objects.requireNonNull(c.digest("digest")))));
      case "pull-done" ->
          new WorkerEvent.PullDone(
              epoch, c.number("version"), c.worker("donor"), c.digest("digest"), 1, 8);
      case "pull-broke" ->
          new WorkerEvent.PullBroke(
              epoch,
              c.number("version"),
              c.worker("donor"),
              Message.PullFlaw.valueOf(c.text("flaw")),
              "block 3",
              c.worker(c.find("culprit") == null ? "donor" : "culprit"));
      case "computed" ->
          new WorkerEvent.SpanComputed(
              epoch,
              c.number("step"),
              c.span(),
              new Digest(0xd0),
              c.find("alarm"),
              c.find("wrong"));
      case "frame" ->
          new WorkerEvent.FrameArrived(epoch, c.number("step"), c.span(), c.worker("from"));
      case "corrupt-frame" ->
          new WorkerEvent.FrameCorrupt(epoch, c.number("step"), c.worker("from"));
      case "updated" ->
          new WorkerEvent.Updated(
              epoch, c.number("step"), c.digest("state"), 0.5, null, c.scrubbed());
      case "kept" ->
          new WorkerEvent.Kept(
              c.number("version"), (int) c.number("shard", 0), Command.hex(c.text("digest")));
      case "scanned" -> new WorkerEvent.Scanned(c.number("tests", 152), c.find("wrong"));
      case "audit-done" ->
          new WorkerEvent.AuditDone(
              epoch,
              c.number("step"),
              c.span(),
              c.words().contains("standIn"),
              c.digest("digest"),
              0,
              0,
              c.find("detail"));
      case "trace-done" ->
          new WorkerEvent.TraceDone(epoch, c.number("step"), c.question(), c.longs(), "", null);
      default -> new WorkerEvent.Told(order(c, epoch));
    };
  }

  private Message.ToWorker order(Command c, long epoch) {
    return switch (c.name()) {
      case "prepare" ->
          new Message.Prepare(
              epoch,
              assignment(epoch),
              c.number("base"),
              c.digest("agreed"),
              c.number("after", epoch - 1),
              null);
      case "pull" ->
          new Message.Pull(epoch, c.number("version"), c.digest("agreed"), c.worker("donor"));
      case "run-step" ->
          new Message.RunStep(
              epoch, c.number("step"), c.number("verified"), null, c.agreed(c.number("step") - 1));
      case "replay" ->
          new Message.Replay(epoch, c.number("step"), c.digest("agreed"), c.worker("donor"));
      case "audit" ->
          new Message.Audit(
              epoch,
              c.number("step"),
              c.span(),
              c.digest("agreed"),
              List.of(c.worker("donor")),
              c.find("receivers") == null ? List.of() : c.workers("receivers"));
      case "trace" -> new Message.Trace(epoch, c.number("step"), List.of(c.span()), c.question());
      case "keep" -> new Message.Keep(epoch, c.number("version"), Command.hex(c.text("agreed")));
      case "finish" -> new Message.Finish(epoch, c.number("step"), null);
      case "claim" -> new Message.Claim(epoch);
      case "dismiss" -> new Message.Dismiss(epoch, "by the transcript");
      default -> throw new IllegalArgumentException("no such command: " + c);
    };
  }

  private Assignment assignment(long epoch) {
    ProtocolConfig config = Objects.requireNonNull(worker).config();
    Roster roster = Roster.EMPTY;
    for (int i = 0; i < config.mesh().workers(); i++) {
      roster = roster.join(new WorkerId("w" + i));
    }
    return roster.seat(config.mesh()).assignment(epoch, config.microbatches());
  }
}
