package dev.redoubt.node;

import akka.actor.Address;
import dev.redoubt.core.Verdict;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.Hang;
import dev.redoubt.fault.Partition;
import dev.redoubt.fault.Pause;
import dev.redoubt.fault.Slow;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.TheController;
import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.LocalFabric;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Mode {@code local}: every member is an actor system of its own in this JVM; they join each other
 * over Artery TCP on loopback, as members of one Akka Cluster. The limit: they share one heap and
 * one set of cores, so that no fault of the process itself can be shown. That is what the mode
 * {@code processes} is for.
 */
public final class LocalCluster implements AutoCloseable {

  static final int END_SECONDS_MAX = 30;

  private final RunSpec spec;
  private final FaultLedger ledger;
  private final SerialListener listener;
  private final Whereabouts whereabouts;
  private final Wall wall = new Wall();
  private final LocalFabric fabric;
  private final CompletableFuture<Verdict> verdict = new CompletableFuture<>();
  private final Map<String, Member> members = new ConcurrentHashMap<>();
  private final ScheduledExecutorService hands =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("hands").factory());
  private final Queue<Member> gone = new ConcurrentLinkedQueue<>();
  private final Outside outside;
  private final List<CompletableFuture<Void>> crashes = new ArrayList<>();

  private LocalCluster(RunSpec spec, FaultLedger ledger, RunListener listener) {
    this.spec = spec;
    this.ledger = ledger;
    this.listener = new SerialListener(listener);
    this.whereabouts = this.listener.whereabouts();
    this.fabric =
        new LocalFabric(
            FabricOptions.defaults().withFrameDigests(spec.frameDigests()).withTap(wall));
    this.outside =
        new Outside(
            fabric,
            Neighbours.NONE,
            ledger,
            this::strike,
            this.listener,
            verdict::complete,
            verdict::completeExceptionally);
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
    for (String name : spec.members()) {
      start(name, spec.port(name));
    }
  }

  /** The first controller founds the cluster; the others join any that lives. */
  private void start(String name, int port) throws PortTakenException {
    Member member = Member.start(name, RunSpec.role(name), List.of(), port, spec, outside);
    List<String> seeds =
        members.values().stream()
            .filter(other -> other.role() == Role.CONTROLLER)
            .map(Member::address)
            .toList();
    members.put(name, member);
    member.join(seeds.isEmpty() ? List.of(member.address()) : seeds);
  }

  private Verdict await() throws InterruptedException {
    try {
      return verdict.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a member failed: " + e.getCause(), e.getCause());
    }
  }

  private boolean strike(String node, Fault fault, long step) {
    String name =
        fault.target() instanceof TheController ? whereabouts.holder(fault.target()) : node;
    Member member = name == null ? null : members.get(name);
    if (member == null) {
      // Nobody holds the place any more: there is no proof, and the run says so.
      return true;
    }
    switch (fault) {
      case Crash crash -> crash(member, crash, step);
      case Hang ignored -> freeze(member, fault, step);
      case Pause pause -> {
        freeze(member, fault, step);
        later(pause.length(), member.gate()::open);
      }
      case Partition cut -> cut(member, cut, step);
      case Slow ignored -> throw new IllegalArgumentException("a machine slows itself down");
      case BitFlip ignored -> throw new IllegalArgumentException("a machine flips its own bits");
    }
    if (member.name().equals(node)) {
      member.gate().pass();
      return !(fault instanceof Crash);
    }
    return true;
  }

  private void later(Duration wait, Runnable doing) {
    Future<?> ignored = hands.schedule(doing, wait.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void freeze(Member member, Fault fault, long step) {
    member
        .gate()
        .close(
            thread ->
                prove(
                    System.nanoTime(),
                    Strike.of(
                        fault,
                        member.name(),
                        step,
                        "the thread %s stands still, and so will all others of %s"
                            .formatted(thread, member.name()))));
  }

  private void prove(long nanos, Strike strike) {
    ledger.record(strike);
    listener.struck(nanos, strike);
  }

  private void cut(Member member, Partition fault, long step) {
    Cut cut = Cut.of(fault, Set.copyOf(members.keySet()), whereabouts);
    long struckAt = System.nanoTime();
    CompletableFuture<?> done = build(cut);
    synchronized (crashes) {
      crashes.add(
          done.thenRun(
              () -> prove(struckAt, Strike.of(fault, member.name(), step, cut.evidence()))));
    }
    fault.length().ifPresent(length -> later(length, () -> heal(member.name())));
  }

  private void heal(String node) {
    CompletableFuture<?> ignored = build(Cut.NONE);
    listener.machine(System.nanoTime(), node, "healed", "the network is whole again");
  }

  private CompletableFuture<?> build(Cut cut) {
    List<CompletableFuture<?>> done = new ArrayList<>();
    for (Member member : members.values()) {
      wall.build(member.name(), cut.deafTo(member.name()));
      Set<String> addresses =
          cut.apart(member.name()).stream()
              .flatMap(name -> Stream.ofNullable(members.get(name)))
              .map(Member::address)
              .collect(Collectors.toSet());
      done.add(member.keepApart(addresses).toCompletableFuture());
    }
    return CompletableFuture.allOf(done.toArray(CompletableFuture[]::new));
  }

  /**
   * A crash: the machine's power is cut, its actor system ends without a word to anybody. The proof
   * is that the port no longer answers.
   */
  private void crash(Member member, Crash fault, long step) {
    long struckAt = System.nanoTime();
    Address address = member.akkaAddress();
    members.remove(member.name());
    gone.add(member);
    CompletableFuture<Void> ended =
        member
            .crash()
            .thenAccept(
                done -> {
                  String evidence = refused(address);
                  if (evidence != null) {
                    Strike proof = Strike.of(fault, member.name(), step, evidence);
                    prove(struckAt, proof);
                  }
                })
            .toCompletableFuture();
    synchronized (crashes) {
      crashes.add(ended);
    }
    headless();
  }

  private void headless() {
    if (members.values().stream().noneMatch(member -> member.role() == Role.CONTROLLER)) {
      boolean ignored =
          verdict.complete(new Verdict.Lost("no member that can be the controller is left"));
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
    hands.shutdownNow();
    gone.addAll(members.values());
    gone.forEach(Member::crash);
    gone.forEach(Member::close);
    fabric.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
