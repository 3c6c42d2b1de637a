package dev.redoubt.node;

import akka.actor.Address;
import dev.redoubt.core.Verdict;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.Fault;
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
  private final LocalFabric fabric;
  private final CompletableFuture<Verdict> verdict = new CompletableFuture<>();
  private final Map<String, Member> members = new ConcurrentHashMap<>();
  private final List<CompletableFuture<Void>> crashes = new ArrayList<>();

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
    Outside outside =
        new Outside(
            fabric,
            Neighbours.NONE,
            ledger,
            this::strike,
            listener,
            verdict::complete,
            verdict::completeExceptionally);
    List<String> seeds = new ArrayList<>();
    for (String name : spec.members()) {
      Member member =
          Member.start(name, RunSpec.role(name), List.of(), spec.port(name), spec, outside);
      members.put(name, member);
      if (seeds.isEmpty()) {
        seeds.add(member.address());
      }
      member.join(seeds);
    }
  }

  private Verdict await() throws InterruptedException {
    try {
      return verdict.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a member failed: " + e.getCause(), e.getCause());
    }
  }

  private void strike(String node, Fault fault, long step) {
    Member member = members.get(node);
    if (member == null) {
      throw new IllegalStateException("no member " + node);
    }
    switch (fault) {
      case Crash crash -> crash(member, crash, step);
      case BitFlip ignored -> throw new IllegalArgumentException("a machine flips its own bits");
    }
  }

  /**
   * A crash: the machine's power is cut, its actor system ends without a word to anybody. The proof
   * is that the port no longer answers.
   */
  private void crash(Member member, Crash fault, long step) {
    long struckAt = System.nanoTime();
    Address address = member.akkaAddress();
    CompletableFuture<Void> gone =
        member
            .crash()
            .thenAccept(
                done -> {
                  String evidence = refused(address);
                  if (evidence != null) {
                    Strike proof = Strike.of(fault, member.name(), step, evidence);
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
    members.values().forEach(Member::crash);
    members.values().forEach(Member::close);
    fabric.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
