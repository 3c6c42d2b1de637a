package dev.redoubt.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import dev.redoubt.core.Message;
import dev.redoubt.core.ProtocolConfig;
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
  sealed interface Input
      permits Wire.ToWorker, Wire.Idle, Wire.Struck, Happened, Introduce, Bereft {}

  /** The machine reports something. */
  record Happened(WorkerEvent event) implements Input {}

  /** Say hello, if no controller has said anything for a while. */
  record Introduce() implements Input {}

  /** A member that may have been the controller is gone: another one may not know this worker. */
  record Bereft() implements Input {}

  private static final Duration HELLO_EVERY = Duration.ofMillis(300);

  /** A worker that has heard nothing for so long asks whether there is another controller. */
  private static final long LONELY_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

  private final ActorRef<ControllerActor.Input> controller;
  private final RunListener listener;
  private final Consumer<Throwable> defects;
  private final Machine machine;
  private final Gate gate;
  private final Neighbours neighbours;
  private final int members;
  private final long lonelyUntil;
  private final boolean replaceable;
  private final Cluster cluster;
  private boolean wasTold;
  private boolean isBereft;
  private long toldAt;
  private WorkerState state;

  private WorkerActor(
      ActorContext<Input> context,
      TimerScheduler<Input> timers,
      WorkerId id,
      RunSpec spec,
      int members,
      ActorRef<ControllerActor.Input> controller,
      Outside outside,
      Gate gate,
      Function<ActorRef<Input>, Machine> machines) {
    super(context);
    this.defects = outside.defects();
    this.gate = gate;
    this.neighbours = outside.neighbours();
    this.members = members;
    this.cluster = Cluster.get(context.getSystem());
    this.replaceable = spec.protocol().succession() != ProtocolConfig.Succession.NONE;
    this.lonelyUntil =
        System.nanoTime()
            + TimeUnit.MILLISECONDS.toNanos(spec.protocol().timeouts().joinMillisMax() / 2);
    this.controller = controller;
    this.listener = outside.listener();
    this.state = WorkerState.start(id, spec.protocol());
    this.machine = machines.apply(context.getSelf());
    timers.startTimerWithFixedDelay(new Introduce(), Duration.ZERO, HELLO_EVERY);
    if (replaceable) {
      watchControllers(context);
    }
  }

  private void watchControllers(ActorContext<Input> context) {
    ActorRef<ClusterEvent.MemberRemoved> removed =
        context.messageAdapter(
            ClusterEvent.MemberRemoved.class,
            event ->
                event.member().hasRole(Role.CONTROLLER.word()) ? new Bereft() : new Introduce());
    cluster.subscriptions().tell(Subscribe.create(removed, ClusterEvent.MemberRemoved.class));
  }

  /** Machines are made by {@code machines}, which is told where to report to. */
  static Behavior<Input> create(
      WorkerId id,
      RunSpec spec,
      int members,
      ActorRef<ControllerActor.Input> controller,
      Outside outside,
      Gate gate,
      Function<ActorRef<Input>, Machine> machines) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new WorkerActor(
                        context, timers, id, spec, members, controller, outside, gate, machines)));
  }

  @Override
  public Receive<Input> createReceive() {
    return newReceiveBuilder().onMessage(Input.class, this::guarded).build();
  }

  /** Whoever waits for the end of the run hears of a defect at once. */
  private Behavior<Input> guarded(Input input) {
    try {
      gate.pass();
      return gate.isOff() ? Behaviors.stopped() : on(input);
    } catch (RuntimeException defect) {
      defects.accept(defect);
      throw defect;
    }
  }

  private Behavior<Input> on(Input input) {
    switch (input) {
      case Introduce ignored -> introduce();
      case Bereft ignored -> {
        isBereft = true;
        introduce();
      }
      case Wire.ToWorker told when !machine.troubles().hears(told.order()) -> {}
      case Wire.ToWorker told -> {
        wasTold = true;
        isBereft = false;
        toldAt = System.nanoTime();
        step(new WorkerEvent.Told(told.order()));
      }
      case Wire.Idle ignored -> machine.idle();
      case Wire.Struck struck -> machine.struck(struck.fault(), struck.step());
      case Happened happened -> step(happened.event());
    }
    return this;
  }

  /**
   * Whoever says hello may be sent frames by all, and has to send to all, so it has its links
   * first. And it is one of a membership that all agree on: who is not quite in yet takes itself
   * off when another one dies. Not for ever: some of those that it waits for may be gone. And its
   * machine was scanned and found clean, where machines are.
   */
  private void introduce() {
    if (!machine.mayJoin()) {
      return;
    }
    if (!wasTold) {
      if ((isSettled() && neighbours.linked(members)) || System.nanoTime() - lonelyUntil > 0) {
        hello();
      }
    } else if (replaceable
        && !state.isGone()
        && (isBereft || System.nanoTime() - toldAt > LONELY_NANOS)) {
      hello();
      step(new WorkerEvent.Lonely());
    }
  }

  /** Whether all members are up, and all of them know it. */
  private boolean isSettled() {
    ClusterEvent.CurrentClusterState now = cluster.state();
    int up = 0;
    for (Member member : now.getMembers()) {
      if (member.status().equals(MemberStatus.up()) && !now.getUnreachable().contains(member)) {
        up++;
      }
    }
    boolean own = cluster.selfMember().status().equals(MemberStatus.up());
    return own && up >= members && now.getSeenBy().size() >= up;
  }

  private void hello() {
    if (machine.troubles().greets()) {
      controller.tell(new Wire.Hello(state.self(), getContext().getSelf()));
    }
  }

  private void step(WorkerEvent event) {
    Worker.Step step = Worker.step(state, event);
    state = step.state();
    for (WorkerEffect effect : step.effects()) {
      switch (effect) {
        case WorkerEffect.Tell tell -> tell(tell.message());
        case WorkerEffect.Refuse refuse ->
            listener.refused(
                System.nanoTime(), state.self().name(), refuse.what(), refuse.reason());
        case WorkerEffect.Leave leave ->
            getContext().getLog().info("{} leaves: {}", state.self(), leave.reason());
        default -> machine.perform(effect, state.assignment());
      }
    }
  }

  private void tell(Message.ToController message) {
    if (machine.troubles().says(message)) {
      controller.tell(new Wire.ToController(message));
    }
  }
}
