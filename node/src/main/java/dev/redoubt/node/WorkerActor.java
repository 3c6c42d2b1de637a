package dev.redoubt.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.redoubt.core.Worker;
import dev.redoubt.core.WorkerEffect;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.core.WorkerState;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/** Feeds the core's worker with orders and with what its machine reports, and runs its effects. */
final class WorkerActor extends AbstractBehavior<WorkerActor.Input> {

  /** What this actor understands. */
  sealed interface Input permits Wire.ToWorker, Happened, Introduce {}

  /** The machine reports something. */
  record Happened(WorkerEvent event) implements Input {}

  /** Say hello again: nobody has answered yet. */
  record Introduce() implements Input {}

  private static final Duration HELLO_EVERY = Duration.ofMillis(300);

  private final ActorRef<ControllerActor.Input> controller;
  private final RunListener listener;
  private final Consumer<Throwable> defects;
  private final TimerScheduler<Input> timers;
  private final Machine machine;
  private final Gate gate;
  private final Neighbours neighbours;
  private final int members;
  private final long lonelyUntil;
  private WorkerState state;

  private WorkerActor(
      ActorContext<Input> context,
      TimerScheduler<Input> timers,
      WorkerId id,
      RunSpec spec,
      ActorRef<ControllerActor.Input> controller,
      Outside outside,
      Gate gate,
      Function<ActorRef<Input>, Machine> machines) {
    super(context);
    this.defects = outside.defects();
    this.gate = gate;
    this.neighbours = outside.neighbours();
    this.members = spec.members().size();
    this.lonelyUntil =
        System.nanoTime()
            + TimeUnit.MILLISECONDS.toNanos(spec.protocol().timeouts().joinMillisMax() / 2);
    this.timers = timers;
    this.controller = controller;
    this.listener = outside.listener();
    this.state = WorkerState.start(id, spec.protocol());
    this.machine = machines.apply(context.getSelf());
    timers.startTimerWithFixedDelay(new Introduce(), Duration.ZERO, HELLO_EVERY);
  }

  /** Machines are made by {@code machines}, which is told where to report to. */
  static Behavior<Input> create(
      WorkerId id,
      RunSpec spec,
      ActorRef<ControllerActor.Input> controller,
      Outside outside,
      Gate gate,
      Function<ActorRef<Input>, Machine> machines) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new WorkerActor(
                        context, timers, id, spec, controller, outside, gate, machines)));
  }

  @Override
  public Receive<Input> createReceive() {
    return newReceiveBuilder().onMessage(Input.class, this::guarded).build();
  }

  /** Whoever waits for the end of the run hears of a defect at once. */
  private Behavior<Input> guarded(Input input) {
    try {
      gate.pass();
      return on(input);
    } catch (RuntimeException defect) {
      defects.accept(defect);
      throw defect;
    }
  }

  private Behavior<Input> on(Input input) {
    switch (input) {
      case Introduce ignored -> introduce();
      case Wire.ToWorker told -> {
        timers.cancel(new Introduce());
        step(new WorkerEvent.Told(told.order()));
      }
      case Happened happened -> step(happened.event());
    }
    return this;
  }

  /**
   * Whoever says hello may be sent frames by all, and has to send to all, so it has its links
   * first. Not for ever: some of those that it waits for may be gone.
   */
  private void introduce() {
    if (neighbours.linked(members) || System.nanoTime() - lonelyUntil > 0) {
      controller.tell(new Wire.Hello(state.self(), getContext().getSelf()));
    }
  }

  private void step(WorkerEvent event) {
    Worker.Step step = Worker.step(state, event);
    state = step.state();
    for (WorkerEffect effect : step.effects()) {
      switch (effect) {
        case WorkerEffect.Tell tell -> controller.tell(new Wire.ToController(tell.message()));
        case WorkerEffect.Refuse refuse ->
            listener.refused(
                System.nanoTime(), state.self().name(), refuse.what(), refuse.reason());
        case WorkerEffect.Leave leave ->
            getContext().getLog().info("{} leaves: {}", state.self(), leave.reason());
        default -> machine.perform(effect, state.assignment());
      }
    }
  }
}
