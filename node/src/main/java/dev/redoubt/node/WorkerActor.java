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
  private WorkerState state;

  private WorkerActor(
      ActorContext<Input> context,
      TimerScheduler<Input> timers,
      WorkerId id,
      RunSpec spec,
      ActorRef<ControllerActor.Input> controller,
      RunListener listener,
      Function<ActorRef<Input>, Machine> machines,
      Consumer<Throwable> defects) {
    super(context);
    this.defects = defects;
    this.timers = timers;
    this.controller = controller;
    this.listener = listener;
    this.state = WorkerState.start(id, spec.protocol());
    this.machine = machines.apply(context.getSelf());
    timers.startTimerWithFixedDelay(new Introduce(), Duration.ZERO, HELLO_EVERY);
  }

  /** Machines are made by {@code machines}, which is told where to report to. */
  static Behavior<Input> create(
      WorkerId id,
      RunSpec spec,
      ActorRef<ControllerActor.Input> controller,
      RunListener listener,
      Function<ActorRef<Input>, Machine> machines,
      Consumer<Throwable> defects) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new WorkerActor(
                        context, timers, id, spec, controller, listener, machines, defects)));
  }

  @Override
  public Receive<Input> createReceive() {
    return newReceiveBuilder().onMessage(Input.class, this::guarded).build();
  }

  /** Whoever waits for the end of the run hears of a defect at once. */
  private Behavior<Input> guarded(Input input) {
    try {
      return on(input);
    } catch (RuntimeException defect) {
      defects.accept(defect);
      throw defect;
    }
  }

  private Behavior<Input> on(Input input) {
    switch (input) {
      case Introduce ignored ->
          controller.tell(new Wire.Hello(state.self(), getContext().getSelf()));
      case Wire.ToWorker told -> {
        timers.cancel(new Introduce());
        step(new WorkerEvent.Told(told.order()));
      }
      case Happened happened -> step(happened.event());
    }
    return this;
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
