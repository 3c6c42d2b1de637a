package dev.redoubt.node;

import akka.actor.Address;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.ClusterSingleton;
import akka.cluster.typed.JoinSeedNodes;
import akka.cluster.typed.SingletonActor;
import dev.redoubt.core.Verdict;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.Strike;
import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.LocalFabric;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Mode {@code local}: every worker is an actor system of its own in this JVM; they join each other
 * over Artery TCP on loopback, as members of one Akka Cluster. The limit: they share one heap and
 * one set of cores, so that no fault of the process itself can be shown. That is what the mode
 * {@code processes} is for.
 */
public final class LocalCluster implements AutoCloseable {

  private static final String CONTROLLER_ROLE = "controller";
  private static final String WORKER_ROLE = "worker";
  private static final int END_SECONDS_MAX = 30;

  private final RunSpec spec;
  private final FaultLedger ledger;
  private final SerialListener listener;
  private final LocalFabric fabric;
  private final CompletableFuture<Verdict> verdict = new CompletableFuture<>();
  private final Map<WorkerId, ActorSystem<Void>> workers = new ConcurrentHashMap<>();
  private final Map<WorkerId, Machine> machines = new ConcurrentHashMap<>();
  private final List<CompletableFuture<Void>> crashes = new ArrayList<>();
  private @Nullable ActorSystem<Void> controller;

  private LocalCluster(RunSpec spec, FaultLedger ledger, RunListener listener) {
    this.spec = spec;
    this.ledger = ledger;
    this.listener = new SerialListener(listener);
    this.fabric = new LocalFabric(FabricOptions.defaults().withFrameDigests(spec.frameDigests()));
  }

  /**
   * Runs to the end.
   *
   * @param ledger that collects the strikes
   * @throws PortTakenException if {@code spec.port()} or one after it is in use
   * @throws InterruptedException if the calling thread is interrupted; nothing is left running
   */
  public static Verdict run(RunSpec spec, FaultLedger ledger, RunListener listener)
      throws PortTakenException, InterruptedException {
    try (LocalCluster cluster = new LocalCluster(spec, ledger, listener)) {
      cluster.start();
      Verdict verdict = cluster.await();
      cluster.awaitCrashes();
      return verdict;
    }
  }

  private void start() throws PortTakenException {
    ActorSystem<Void> first = NodeSystems.start(Behaviors.empty(), CONTROLLER_ROLE, spec.port());
    controller = first;
    Address seed = Cluster.get(first).selfMember().address();
    join(first, seed);
    singleton(first);
    for (int i = 0; i < spec.protocol().mesh().workers(); i++) {
      WorkerId id = new WorkerId("w" + i);
      int port = spec.port() == 0 ? 0 : spec.port() + 1 + i;
      ActorSystem<Void> system = NodeSystems.start(guardian(id), WORKER_ROLE, port);
      workers.put(id, system);
      join(system, seed);
    }
  }

  private static void join(ActorSystem<Void> system, Address seed) {
    Cluster.get(system).manager().tell(new JoinSeedNodes(List.of(seed)));
  }

  /** The controller, or from any other role a proxy to it. */
  private ActorRef<ControllerActor.Input> singleton(ActorSystem<?> system) {
    Behavior<ControllerActor.Input> behavior =
        Behaviors.supervise(
                ControllerActor.create(
                    spec, listener, verdict::complete, verdict::completeExceptionally))
            .onFailure(SupervisorStrategy.stop());
    return ClusterSingleton.get(system)
        .init(
            SingletonActor.of(behavior, "controller")
                .withSettings(
                    akka.cluster.typed.ClusterSingletonSettings.create(system)
                        .withRole(CONTROLLER_ROLE)));
  }

  private Behavior<Void> guardian(WorkerId id) {
    return Behaviors.setup(
        context -> {
          ActorRef<ControllerActor.Input> proxy = singleton(context.getSystem());
          context.spawn(
              WorkerActor.create(
                  id,
                  spec,
                  proxy,
                  listener,
                  self -> machine(id, self),
                  verdict::completeExceptionally),
              "worker-" + id);
          return Behaviors.empty();
        });
  }

  private Machine machine(WorkerId id, ActorRef<WorkerActor.Input> actor) {
    try {
      Machine machine =
          new Machine(
              id,
              spec,
              fabric,
              ledger,
              this::crash,
              listener,
              (WorkerEvent event) -> actor.tell(new WorkerActor.Happened(event)),
              verdict::completeExceptionally);
      machines.put(id, machine);
      return machine;
    } catch (RuntimeException | Error e) {
      // Without its machine the worker never joins: better to say why than to wait for it.
      verdict.completeExceptionally(e);
      throw e;
    }
  }

  private Verdict await() throws InterruptedException {
    try {
      return verdict.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a worker failed: " + e.getCause(), e.getCause());
    }
  }

  /**
   * A crash: the machine's power is cut, its actor system ends without a word to anybody. The proof
   * is that the port no longer answers.
   */
  private void crash(WorkerId id, Crash fault, long step) {
    Machine machine = machines.get(id);
    ActorSystem<Void> system = workers.get(id);
    if (machine == null || system == null) {
      throw new IllegalStateException("no machine " + id);
    }
    long struckAt = System.nanoTime();
    Address address = Cluster.get(system).selfMember().address();
    machine.crash();
    system.terminate();
    CompletableFuture<Void> gone =
        system
            .getWhenTerminated()
            .thenAccept(
                done -> {
                  String evidence = refused(address);
                  if (evidence != null) {
                    Strike proof = Strike.crash(fault, id.name(), step, evidence);
                    ledger.record(proof);
                    listener.struck(struckAt, proof);
                  }
                })
            .toCompletableFuture();
    synchronized (crashes) {
      crashes.add(gone);
    }
  }

  /** What proves that nobody listens at {@code address} any more; null if somebody does. */
  private static @Nullable String refused(Address address) {
    int port = address.getPort().orElseThrow();
    InetSocketAddress target = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try (Socket socket = new Socket()) {
      socket.connect(target, 1000);
      return null;
    } catch (IOException e) {
      return "the actor system at port "
          + port
          + " has ended and a connection to it fails: "
          + e.getMessage();
    }
  }

  private void awaitCrashes() throws InterruptedException {
    List<CompletableFuture<Void>> pending;
    synchronized (crashes) {
      pending = List.copyOf(crashes);
    }
    for (CompletableFuture<Void> crash : pending) {
      try {
        crash.get(END_SECONDS_MAX, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        throw new IllegalStateException("a crashed actor system does not end", e);
      }
    }
  }

  /** Ends everything that still runs and frees its memory; an interrupt is kept for afterwards. */
  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    listener.close();
    machines.values().forEach(Machine::crash);
    List<ActorSystem<Void>> systems = new ArrayList<>(workers.values());
    if (controller != null) {
      systems.add(controller);
    }
    systems.forEach(ActorSystem::terminate);
    for (ActorSystem<Void> system : systems) {
      system
          .getWhenTerminated()
          .toCompletableFuture()
          .orTimeout(END_SECONDS_MAX, TimeUnit.SECONDS)
          .join();
    }
    machines.values().forEach(Machine::close);
    fabric.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
