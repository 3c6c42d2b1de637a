package dev.redoubt.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Down;
import akka.cluster.typed.Subscribe;
import dev.redoubt.core.Controller;
import dev.redoubt.core.ControllerEffect;
import dev.redoubt.core.ControllerEvent;
import dev.redoubt.core.ControllerState;
import dev.redoubt.core.Message;
import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Verdict;
import dev.redoubt.core.WorkerId;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/** The cluster singleton that feeds the core's controller, and runs its effects. */
final class ControllerActor extends AbstractBehavior<ControllerActor.Input> {

  /** What this actor understands. */
  sealed interface Input permits Wire.Hello, Wire.ToController, Contact, Tick {}

  /** The membership says something about a member. */
  record Contact(Member member, boolean removed) implements Input {}

  /** Time has passed. */
  record Tick() implements Input {}

  private static final Duration TICK = Duration.ofMillis(50);

  /** Who was deposed and should still be the controller claims anew, but not in a duel. */
  private static final long DEPOSED_MILLIS = 1_000;

  /** Spares hear so often that they have no rank. */
  private static final long IDLE_MILLIS = 1_000;

  private final ControllerFaults faults;
  private final Gate gate;
  private final Cluster cluster;
  private final RunListener listener;
  private final Consumer<Throwable> defects;
  private final Consumer<Verdict> concluded;
  private final Map<WorkerId, ActorRef<WorkerActor.Input>> workers = new HashMap<>();
  private final ProtocolConfig protocol;
  private final IntSupplier incarnations;
  private final Departed departed;
  private final boolean scan;
  private final Set<WorkerId> down = new HashSet<>();
  private ControllerState state;
  private long deposedAt;
  private long idleAt;
  private int members;

  private ControllerActor(
      ActorContext<Input> context,
      String node,
      RunSpec spec,
      Outside outside,
      Gate gate,
      Departed departed) {
    super(context);
    this.protocol = spec.protocol();
    this.incarnations = outside.incarnations();
    this.departed = departed;
    this.scan = spec.scan();
    this.faults = new ControllerFaults(node, outside);
    this.gate = gate;
    this.defects = outside.defects();
    this.cluster = Cluster.get(context.getSystem());
    this.listener = outside.listener();
    this.concluded = outside.concluded();
    this.state = begin();
    ActorRef<ClusterEvent.ReachabilityEvent> reachability =
        context.messageAdapter(
            ClusterEvent.ReachabilityEvent.class,
            event ->
                event instanceof ClusterEvent.UnreachableMember gone
                    ? new Contact(gone.member(), false)
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
                    ? new Contact(event.member(), true)
                    : new Tick());
    cluster.subscriptions().tell(Subscribe.create(membership, ClusterEvent.MemberEvent.class));
    listener.acting(System.nanoTime(), node);
  }

  /**
   * The behaviour.
   *
   * @param node the member that it runs on
   * @param gate where it stands still while that hangs
   * @param departed who was taken off before it began to act
   */
  static Behavior<Input> create(
      String node, RunSpec spec, Outside outside, Gate gate, Departed departed) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(new Tick(), TICK);
                  return new ControllerActor(context, node, spec, outside, gate, departed);
                }));
  }

  private ControllerState begin() {
    down.clear();
    return protocol.succession() == ProtocolConfig.Succession.NONE
        ? ControllerState.start(protocol, millis())
        : ControllerState.start(protocol, incarnations.getAsInt(), millis());
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
      case Wire.Hello hello -> {
        workers.put(hello.worker(), hello.actor());
        step(new ControllerEvent.Received(new Message.Join(hello.worker())));
      }
      case Wire.ToController told -> {
        if (faults.hears(told.message())) {
          step(new ControllerEvent.Received(told.message()));
        }
      }
      case Tick ignored -> tick();
      case Contact contact when contact.member().hasRole(Role.WORKER.word()) -> contact(contact);
      case Contact ignored -> {}
    }
    return faults.isOff() ? Behaviors.stopped() : this;
  }

  private void contact(Contact contact) {
    WorkerId worker = new WorkerId(MembershipActor.nameOf(contact.member()).orElseThrow());
    if (!contact.removed()) {
      step(new ControllerEvent.Unreachable(worker));
    } else if (down.add(worker)) {
      step(new ControllerEvent.Down(worker));
    }
  }

  private void tick() {
    if (state.deposed() && millis() - deposedAt > DEPOSED_MILLIS) {
      state = begin();
    }
    departed.workers().stream()
        .filter(down::add)
        .sorted()
        .forEach(worker -> step(new ControllerEvent.Down(worker)));
    step(new ControllerEvent.Tick());
    if (scan && millis() - idleAt > IDLE_MILLIS && !gate.isOff()) {
      idleAt = millis();
      state.idle().forEach(worker -> tell(worker, new Wire.Idle()));
    }
  }

  private void step(ControllerEvent event) {
    Controller.Step step = Controller.step(state, event, millis());
    state = step.state();
    for (ControllerEffect effect : step.effects()) {
      if (!faults.does(effect) || gate.isOff()) {
        return;
      }
      perform(effect);
    }
    for (ControllerFaults.Hit hit : faults.atSpares(state.spares())) {
      tell(hit.worker(), hit.struck());
    }
    for (Rank rank : faults.drains()) {
      step(new ControllerEvent.Drain(rank));
    }
    if (state.members() != members) {
      members = state.members();
      listener.members(members);
    }
  }

  private void perform(ControllerEffect effect) {
    switch (effect) {
      case ControllerEffect.Send send -> tell(send.worker(), new Wire.ToWorker(send.message()));
      case ControllerEffect.Expel expel -> expel(expel.worker());
      case ControllerEffect.Write write -> listener.note(System.nanoTime(), write.note());
      case ControllerEffect.StandDown standDown -> {
        deposedAt = millis();
        getContext().getLog().warn("this controller stands down: {}", standDown.reason());
      }
      case ControllerEffect.Conclude conclude -> concluded.accept(conclude.verdict());
    }
  }

  private void tell(WorkerId worker, WorkerActor.Input what) {
    ActorRef<WorkerActor.Input> actor = workers.get(worker);
    if (actor != null) {
      actor.tell(what);
    }
  }

  private void expel(WorkerId worker) {
    cluster
        .state()
        .getMembers()
        .forEach(
            member -> {
              if (MembershipActor.nameOf(member).filter(worker.name()::equals).isPresent()) {
                cluster.manager().tell(new Down(member.address()));
              }
            });
  }

  private static long millis() {
    return System.nanoTime() / 1_000_000;
  }
}
