package dev.redoubt.node;

import akka.actor.Address;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.cluster.ClusterEvent;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Down;
import akka.cluster.typed.Subscribe;
import dev.redoubt.core.Controller;
import dev.redoubt.core.ControllerEffect;
import dev.redoubt.core.ControllerEvent;
import dev.redoubt.core.ControllerState;
import dev.redoubt.core.Message;
import dev.redoubt.core.Verdict;
import dev.redoubt.core.WorkerId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** The cluster singleton that feeds the core's controller, and runs its effects. */
final class ControllerActor extends AbstractBehavior<ControllerActor.Input> {

  /** What this actor understands. */
  sealed interface Input permits Wire.Hello, Wire.ToController, Contact, Tick {}

  /** The membership says something about whoever lives at an address. */
  record Contact(Address address, boolean removed) implements Input {}

  /** Time has passed. */
  record Tick() implements Input {}

  private static final Duration TICK = Duration.ofMillis(50);

  private final ControllerFaults faults;
  private final Gate gate;
  private final Cluster cluster;
  private final RunListener listener;
  private final Consumer<Throwable> defects;
  private final Consumer<Verdict> concluded;
  private final Map<WorkerId, ActorRef<WorkerActor.Input>> workers = new HashMap<>();
  private ControllerState state;
  private int members;

  private ControllerActor(
      ActorContext<Input> context, String node, RunSpec spec, Outside outside, Gate gate) {
    super(context);
    this.faults = new ControllerFaults(node, outside);
    this.gate = gate;
    this.defects = outside.defects();
    this.cluster = Cluster.get(context.getSystem());
    this.listener = outside.listener();
    this.concluded = outside.concluded();
    this.state = ControllerState.start(spec.protocol(), millis());
    ActorRef<ClusterEvent.ReachabilityEvent> reachability =
        context.messageAdapter(
            ClusterEvent.ReachabilityEvent.class,
            event ->
                event instanceof ClusterEvent.UnreachableMember gone
                    ? new Contact(gone.member().address(), false)
                    : new Tick());
    cluster
        .subscriptions()
        .tell(Subscribe.create(reachability, ClusterEvent.ReachabilityEvent.class));
    ActorRef<ClusterEvent.MemberEvent> membership =
        context.messageAdapter(
            ClusterEvent.MemberEvent.class,
            event ->
                event instanceof ClusterEvent.MemberRemoved
                        || event instanceof ClusterEvent.MemberDowned
                    ? new Contact(event.member().address(), true)
                    : new Tick());
    cluster.subscriptions().tell(Subscribe.create(membership, ClusterEvent.MemberEvent.class));
    listener.acting(System.nanoTime(), node);
  }

  /**
   * The behaviour.
   *
   * @param node the member that it runs on
   * @param gate where it stands still while that hangs
   */
  static Behavior<Input> create(String node, RunSpec spec, Outside outside, Gate gate) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(new Tick(), TICK);
                  return new ControllerActor(context, node, spec, outside, gate);
                }));
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
      case Wire.Hello hello -> {
        workers.put(hello.worker(), hello.actor());
        step(new ControllerEvent.Received(new Message.Join(hello.worker())));
      }
      case Wire.ToController told -> {
        if (faults.hears(told.message())) {
          step(new ControllerEvent.Received(told.message()));
        }
      }
      case Tick ignored -> step(new ControllerEvent.Tick());
      case Contact contact ->
          workers.entrySet().stream()
              .filter(entry -> entry.getValue().path().address().equals(contact.address()))
              .map(Map.Entry::getKey)
              .sorted()
              .toList()
              .forEach(
                  worker ->
                      step(
                          contact.removed()
                              ? new ControllerEvent.Down(worker)
                              : new ControllerEvent.Unreachable(worker)));
    }
    return faults.isOff() ? Behaviors.stopped() : this;
  }

  private void step(ControllerEvent event) {
    Controller.Step step = Controller.step(state, event, millis());
    state = step.state();
    for (ControllerEffect effect : step.effects()) {
      if (!faults.does(effect)) {
        return;
      }
      perform(effect);
    }
    if (state.members() != members) {
      members = state.members();
      listener.members(members);
    }
  }

  private void perform(ControllerEffect effect) {
    switch (effect) {
      case ControllerEffect.Send send -> {
        ActorRef<WorkerActor.Input> worker = workers.get(send.worker());
        if (worker != null) {
          worker.tell(new Wire.ToWorker(send.message()));
        }
      }
      case ControllerEffect.Expel expel -> {
        ActorRef<WorkerActor.Input> worker = workers.get(expel.worker());
        if (worker != null && worker.path().address().getHost().isPresent()) {
          cluster.manager().tell(new Down(worker.path().address()));
        }
      }
      case ControllerEffect.Write write -> listener.note(System.nanoTime(), write.note());
      case ControllerEffect.StandDown down ->
          getContext().getLog().warn("this controller stands down: {}", down.reason());
      case ControllerEffect.Conclude conclude -> concluded.accept(conclude.verdict());
    }
  }

  private static long millis() {
    return System.nanoTime() / 1_000_000;
  }
}
