package dev.redoubt.node;

import akka.actor.Address;
import dev.redoubt.core.Note;
import dev.redoubt.core.Verdict;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.DataFault;
import dev.redoubt.fault.Drain;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultDesk;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.FaultPlan;
import dev.redoubt.fault.Hang;
import dev.redoubt.fault.NetworkFault;
import dev.redoubt.fault.Partition;
import dev.redoubt.fault.Pause;
import dev.redoubt.fault.Slow;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.TheController;
import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.LocalFabric;
import dev.redoubt.store.net.RunToken;
import dev.redoubt.store.net.TlsFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
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

  private static final int SEEDS_MAX = 3;

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
  private final ExecutorService undertaker =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("undertaker").factory());
  private final List<CompletableFuture<Void>> crashes = new ArrayList<>();
  private final AtomicInteger incarnations = new AtomicInteger();
  private final Cuts cuts = new Cuts();
  private final Returns returns;
  private final RunToken token = RunToken.random();
  private final @Nullable RunCertificates certificates;

  private LocalCluster(RunSpec spec, FaultLedger ledger, RunListener listener) {
    this.spec = spec;
    this.ledger = ledger;
    this.listener = new SerialListener(listener);
    this.whereabouts = this.listener.whereabouts();
    this.fabric =
        new LocalFabric(
            FabricOptions.defaults().withFrameDigests(spec.frameDigests()).withTap(wall));
    this.returns = new Returns(spec);
    this.certificates = spec.tls() ? certificates() : null;
  }

  private static RunCertificates certificates() {
    try {
      return RunCertificates.temporary();
    } catch (IOException e) {
      throw new UncheckedIOException("no place for certificates: " + e.getMessage(), e);
    }
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

  /** What one member has to do with: it is heard as itself, for it may not be what it thinks. */
  private Outside outside(String name) {
    return new Outside(
        fabric,
        new Alone(name),
        new Desk(),
        this::strike,
        new Voice(name),
        incarnations::incrementAndGet,
        end -> conclude(name, end),
        verdict::completeExceptionally);
  }

  private void conclude(String name, Verdict end) {
    if (listener.isActing(name)) {
      boolean ignored = verdict.complete(end);
    }
  }

  /** Hands out faults that the run is strong enough for. */
  private final class Desk implements FaultDesk {
    @Override
    public FaultPlan plan() {
      return ledger.plan();
    }

    @Override
    public boolean claim(Fault fault) {
      int controllers =
          (int)
              members.values().stream()
                  .filter(member -> member.role() == Role.CONTROLLER && member.isUp())
                  .count();
      return plan().allows(fault, whereabouts.pods(), controllers) && ledger.claim(fault);
    }

    @Override
    public Map<String, Long> defects(String node) {
      return ledger.defects(node);
    }

    @Override
    public void record(Strike strike) {
      ledger.record(strike);
    }
  }

  /** Inside one process everybody finds everybody; but a member can be taken off. */
  private final class Alone extends Neighbours.Everybody {
    private final String name;

    Alone(String name) {
      this.name = name;
    }

    @Override
    public void expelled() {
      soon(() -> takenOff(name));
    }
  }

  /** What one member says. */
  private final class Voice implements RunListener {
    private final String name;

    Voice(String name) {
      this.name = name;
    }

    @Override
    public void note(long nanos, Note note) {
      if (listener.noted(nanos, name, note)) {
        returns.noted(note);
        if (note instanceof Note.StepCommitted) {
          soon(LocalCluster.this::bringBack);
        }
      }
    }

    @Override
    public void struck(long nanos, Strike strike) {
      listener.struck(nanos, strike);
    }

    @Override
    public void refused(long nanos, String worker, String what, String reason) {
      listener.refused(nanos, worker, what, reason);
    }

    @Override
    public void measured(long nanos, StepMeasure measure) {
      listener.measured(nanos, measure);
    }

    @Override
    public void ahead(long nanos, String worker, long step) {
      listener.ahead(nanos, worker, step);
    }

    @Override
    public void machine(long nanos, String node, String kind, String what) {
      listener.machine(nanos, node, kind, what);
    }

    @Override
    public void members(int alive) {
      if (listener.isActing(name)) {
        listener.members(alive);
      }
    }

    @Override
    public void acting(long nanos, String node) {
      listener.acting(nanos, node);
    }
  }

  private void soon(Doing doing) {
    try {
      hands.execute(
          () -> {
            try {
              doing.run();
            } catch (PortTakenException | RuntimeException | Error e) {
              boolean ignored = verdict.completeExceptionally(e);
            }
          });
    } catch (RejectedExecutionException e) {
      // The run is over.
    }
  }

  /** Something for the hands. */
  private interface Doing {
    void run() throws PortTakenException;
  }

  /** The cluster has taken a member off, which may live: it ends, as a process of its own would. */
  private void takenOff(String name) {
    Member member = members.remove(name);
    if (member == null || verdict.isDone()) {
      return;
    }
    listener.machine(
        System.nanoTime(), name, "taken-off", "the cluster has taken it off, and so it ends");
    gone.add(member);
    CompletionStage<?> ignored = member.crash().thenRun(() -> bury(member));
    ended(name);
    returns.lost(name, whereabouts.committed());
  }

  /** Frees what a machine that is gone still has of memory: a long run may lose many. */
  private void bury(Member member) {
    try {
      undertaker.execute(
          () -> {
            if (gone.remove(member)) {
              member.close();
            }
          });
    } catch (RejectedExecutionException e) {
      // The run is over, and all are buried together.
    }
  }

  private void ended(String name) {
    listener.gone(name);
    headless();
  }

  /** Machines whose time has come are there again: as members with names of their own. */
  private void bringBack() throws PortTakenException {
    for (String name : returns.due(whereabouts.committed())) {
      if (!verdict.isDone()) {
        start(name, 0);
        listener.machine(System.nanoTime(), name, "started", "a machine is there again, empty");
        CompletableFuture<?> ignored = rebuild();
      }
    }
  }

  /** The first member founds the cluster; the others join any that lives. */
  private void start(String name, int port) throws PortTakenException {
    TlsFiles tls = certificates == null ? null : certificates.issue(name);
    Member member =
        Member.start(
            name,
            RunSpec.role(name),
            List.of(),
            Member.LOOPBACK,
            port,
            spec.awaited(name),
            spec,
            new Credentials(token, tls),
            outside(name));
    List<String> seeds =
        members.values().stream()
            .sorted(Comparator.comparing(Member::role))
            .map(Member::address)
            .limit(SEEDS_MAX)
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
      case Crash crash when crash.outOfMemory() ->
          throw new IllegalArgumentException("all members share one heap");
      case Crash crash -> crash(member, crash, step);
      case Hang ignored -> freeze(member, fault, step);
      case Pause pause -> {
        freeze(member, fault, step);
        later(pause.length(), () -> thaw(member, fault));
      }
      case Partition cut -> cut(member, cut, step);
      case Slow ignored -> throw new IllegalArgumentException("a machine slows itself down");
      case NetworkFault ignored ->
          throw new IllegalArgumentException("a machine troubles its own wire");
      case Drain ignored -> throw new IllegalArgumentException("nothing breaks in a drain");
      case DataFault ignored ->
          throw new IllegalArgumentException("a machine changes its own data");
    }
    if (member.name().equals(node)) {
      member.gate().pass();
      return !(fault instanceof Crash);
    }
    return true;
  }

  private void later(Duration wait, Runnable doing) {
    try {
      Future<?> ignored = hands.schedule(doing, wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // The run is over.
    }
  }

  /** In this JVM heartbeats go on by themselves: where they would be missed they are cut off. */
  private void freeze(Member member, Fault fault, long step) {
    if (RunSpec.isMissed(fault)) {
      cuts.silence(fault.id(), member.name());
      CompletableFuture<?> ignored = rebuild();
    }
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

  private void thaw(Member member, Fault fault) {
    if (cuts.heal(fault.id())) {
      CompletableFuture<?> ignored = rebuild();
    }
    member.gate().open();
  }

  private void prove(long nanos, Strike strike) {
    ledger.record(strike);
    listener.struck(nanos, strike);
  }

  private void cut(Member member, Partition fault, long step) {
    Set<String> living = Set.copyOf(members.keySet());
    Set<String> side = Cut.side(fault, living, whereabouts);
    String evidence = Cut.of(side, fault.direction(), living).evidence();
    long struckAt = System.nanoTime();
    cuts.cut(fault.id(), side, fault.direction());
    CompletableFuture<?> done = rebuild();
    synchronized (crashes) {
      crashes.add(
          done.thenRun(() -> prove(struckAt, Strike.of(fault, member.name(), step, evidence))));
    }
    fault.length().ifPresent(length -> later(length, () -> heal(member.name(), fault)));
  }

  private void heal(String node, Partition fault) {
    cuts.heal(fault.id());
    CompletableFuture<?> ignored = rebuild();
    listener.machine(System.nanoTime(), node, "healed", "the cut " + fault.id() + " is no more");
  }

  /** Cuts what has to be cut now, and nothing else. One at a time: a later one knows more. */
  private synchronized CompletableFuture<?> rebuild() {
    Cut cut = cuts.among(Set.copyOf(members.keySet()));
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
    returns.crashed(member.name(), fault, step);
    CompletableFuture<Void> end =
        member
            .crash()
            .thenAccept(
                done -> {
                  String evidence = refused(address);
                  if (evidence != null) {
                    Strike proof = Strike.of(fault, member.name(), step, evidence);
                    prove(struckAt, proof);
                  }
                  noticed(member.name());
                  bury(member);
                })
            .toCompletableFuture();
    synchronized (crashes) {
      crashes.add(end);
    }
    ended(member.name());
  }

  /** A connection that breaks is seen at once by those that can be the controller. */
  private void noticed(String name) {
    members.values().stream()
        .filter(member -> member.role() == Role.CONTROLLER)
        .forEach(member -> member.broken(name));
  }

  private void headless() {
    if (isWithout(Role.CONTROLLER)) {
      lose("no member that can be the controller is left");
    } else if (isWithout(Role.WORKER)) {
      lose("no worker is left");
    } else if (listener.isLeaderless()) {
      int reigns = listener.reigns();
      later(spec.patience(), () -> succession(reigns));
    }
  }

  private boolean isWithout(Role role) {
    return members.values().stream().noneMatch(member -> member.role() == role);
  }

  /** Whoever stands by may never have become a member: then nobody would ever say so. */
  private void succession(int reigns) {
    if (listener.isLeaderlessSince(reigns)) {
      lose(spec.noSuccessor());
    }
  }

  private void lose(String reason) {
    boolean ignored = verdict.complete(new Verdict.Lost(reason));
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
    undertaker.close();
    gone.forEach(Member::close);
    fabric.close();
    if (certificates != null) {
      certificates.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
