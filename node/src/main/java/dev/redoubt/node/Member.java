package dev.redoubt.node;

import akka.actor.Address;
import akka.actor.AddressFromURIString;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.ClusterSingleton;
import akka.cluster.typed.ClusterSingletonSettings;
import akka.cluster.typed.JoinSeedNodes;
import akka.cluster.typed.SingletonActor;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A member of the cluster: its actor system, and, if it is a worker, its machine. The same in every
 * mode; what differs is what it is surrounded by.
 */
public final class Member implements AutoCloseable {

  /**
   * The next controller need not wait until the one before has stopped itself: the workers refuse
   * the older one's orders.
   */
  private static final Duration NO_MARGIN = Duration.ofMillis(1);

  /** The host of members that share a machine. */
  public static final String LOOPBACK = "127.0.0.1";

  private final String name;
  private final Role role;
  private final int members;
  private final RunSpec spec;
  private final Outside outside;
  private final ActorSystem<Void> system;
  private final Gate gate = new Gate();
  private final Departed departed = new Departed();
  private final CompletableFuture<Machine> ready = new CompletableFuture<>();
  private volatile @Nullable Machine machine;
  private volatile @Nullable ActorRef<MembershipActor.Input> membership;

  /** Changed by one thread at a time. */
  private Set<Address> apart = Set.of();

  private Member(
      String name,
      Role role,
      List<String> tags,
      String host,
      int port,
      int members,
      RunSpec spec,
      Credentials credentials,
      Outside outside)
      throws PortTakenException {
    this.name = name;
    this.role = role;
    this.members = members;
    this.spec = spec;
    this.outside = outside;
    this.system =
        NodeSystems.start(
            guardian(), name, roles(tags), host, port, spec.cutsTheNetwork(), credentials);
  }

  /**
   * Starts a member, which does not join anybody yet.
   *
   * @param name of its own in the run, never used again
   * @param tags more roles, which all members see
   * @param host name or address at which it listens and others find it
   * @param port there; 0 = any free one
   * @param members with this one, as many as it waits for before it takes part
   * @param credentials by which it knows the others, and they it
   * @throws PortTakenException if the port is in use
   */
  public static Member start(
      String name,
      Role role,
      List<String> tags,
      String host,
      int port,
      int members,
      RunSpec spec,
      Credentials credentials,
      Outside outside)
      throws PortTakenException {
    return new Member(name, role, tags, host, port, members, spec, credentials, outside);
  }

  private List<String> roles(List<String> tags) {
    return Stream.concat(Stream.of(role.word(), MembershipActor.nameTag(name)), tags.stream())
        .toList();
  }

  public String name() {
    return name;
  }

  public Role role() {
    return role;
  }

  /** Where others find it: a URI of Akka's. */
  public String address() {
    return akkaAddress().toString();
  }

  Address akkaAddress() {
    return Cluster.get(system).selfMember().address();
  }

  /** Whether it belongs to the cluster: the others know it, and it knows them. */
  boolean isUp() {
    return Cluster.get(system).selfMember().status().equals(MemberStatus.up());
  }

  ActorSystem<Void> system() {
    return system;
  }

  /** Joins the cluster of the first of {@code seeds} that answers; its own address founds one. */
  public void join(List<String> seeds) {
    List<Address> addresses = seeds.stream().map(AddressFromURIString::parse).toList();
    Cluster.get(system).manager().tell(new JoinSeedNodes(addresses));
  }

  private Behavior<Void> guardian() {
    return Behaviors.setup(
        context -> {
          membership =
              context.spawn(MembershipActor.create(outside.neighbours(), departed), "membership");
          ActorRef<ControllerActor.Input> controller = singleton(context.getSystem());
          if (role == Role.WORKER) {
            WorkerId id = new WorkerId(name);
            context.spawn(
                WorkerActor.create(
                    id, spec, members, controller, outside, gate, self -> machine(id, self)),
                "worker-" + name);
          }
          return Behaviors.empty();
        });
  }

  /** The controller if this member may become it, from any other role a proxy to it. */
  private ActorRef<ControllerActor.Input> singleton(ActorSystem<?> here) {
    Behavior<ControllerActor.Input> behavior =
        Behaviors.supervise(ControllerActor.create(name, spec, outside, gate, departed))
            .onFailure(SupervisorStrategy.stop());
    return ClusterSingleton.get(here)
        .init(
            SingletonActor.of(behavior, "controller")
                .withSettings(
                    ClusterSingletonSettings.create(here)
                        .withRole(Role.CONTROLLER.word())
                        .withRemovalMargin(NO_MARGIN)));
  }

  private Machine machine(WorkerId id, ActorRef<WorkerActor.Input> actor) {
    try {
      Machine made =
          new Machine(
              id,
              spec,
              outside,
              gate,
              (WorkerEvent event) -> actor.tell(new WorkerActor.Happened(event)));
      machine = made;
      ready.complete(made);
      return made;
    } catch (RuntimeException | Error e) {
      // Without its machine the worker never joins: better to say why than to wait for it.
      outside.defects().accept(e);
      throw e;
    }
  }

  /** Makes itself fast at what is said when somebody is lost; on the thread that calls. */
  public void rehearseWords() {
    WireRehearsal.run(system);
  }

  /** A spare makes itself fast while it waits: see {@link Rehearsal}. */
  public void rehearseSteps() {
    CompletableFuture<Void> ignored = ready.thenAccept(Machine::rehearse);
  }

  /**
   * The connection to a member broke. If nobody listens there any more it is taken off at once;
   * else the cluster's own failure detector is left to decide.
   */
  public void broken(String peer) {
    ActorRef<MembershipActor.Input> known = membership;
    if (known != null) {
      known.tell(new MembershipActor.Broken(peer));
    }
  }

  /** Where the threads of its machine and its actors stand still. */
  Gate gate() {
    return gate;
  }

  /**
   * From now on exchanges no control messages with the members at {@code addresses}, and does with
   * all of the others. Only in a run whose plan cuts the network.
   *
   * @return completed when it is so
   */
  public CompletionStage<?> keepApart(Set<String> addresses) {
    Set<Address> now =
        addresses.stream().map(AddressFromURIString::parse).collect(Collectors.toSet());
    List<CompletionStage<Boolean>> done = new ArrayList<>();
    now.stream()
        .filter(peer -> !apart.contains(peer))
        .forEach(peer -> done.add(NodeSystems.hear(system, peer, false)));
    apart.stream()
        .filter(peer -> !now.contains(peer))
        .forEach(peer -> done.add(NodeSystems.hear(system, peer, true)));
    apart = now;
    return CompletableFuture.allOf(
        done.stream().map(CompletionStage::toCompletableFuture).toArray(CompletableFuture[]::new));
  }

  /**
   * Power off: the machine stops, and the actor system ends without a word to anybody.
   *
   * @return completed when the actor system has ended
   */
  CompletionStage<?> crash() {
    gate.switchOff();
    Machine known = machine;
    if (known != null) {
      known.crash();
    }
    return NodeSystems.end(system);
  }

  /** Waits for the end of the actor system and frees the machine's memory. */
  @Override
  public void close() {
    crash().toCompletableFuture().orTimeout(LocalCluster.END_SECONDS_MAX, TimeUnit.SECONDS).join();
    Machine known = machine;
    if (known != null) {
      known.close();
    }
  }
}
