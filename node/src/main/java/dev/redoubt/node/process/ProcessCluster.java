package dev.redoubt.node.process;

import dev.redoubt.core.Note;
import dev.redoubt.core.Verdict;
import dev.redoubt.fault.Crash;
import dev.redoubt.fault.DataFault;
import dev.redoubt.fault.Drain;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.FaultLedger;
import dev.redoubt.fault.Hang;
import dev.redoubt.fault.NetworkFault;
import dev.redoubt.fault.Partition;
import dev.redoubt.fault.Pause;
import dev.redoubt.fault.Slow;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.TheController;
import dev.redoubt.node.Cut;
import dev.redoubt.node.Cuts;
import dev.redoubt.node.PortTakenException;
import dev.redoubt.node.Returns;
import dev.redoubt.node.Role;
import dev.redoubt.node.RunCertificates;
import dev.redoubt.node.RunListener;
import dev.redoubt.node.RunSpec;
import dev.redoubt.node.SerialListener;
import dev.redoubt.store.net.RunToken;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Modes {@code processes} and {@code containers}: one JVM for each member, started and supervised
 * from here. So a crash is {@code kill -9} or a container that is killed, and a pause is SIGSTOP
 * and SIGCONT or the engine's freezer: what there is, {@link Hardware} knows.
 *
 * <p>Everything is decided on the thread that runs {@link #run}: reports, exits and alarms are put
 * into one queue and taken out one after the other. That thread also forks, for a child is killed
 * by the kernel when the thread that forked it ends; so no child outlives this process, however it
 * ends.
 *
 * <p>Members are started one after the other, each when the one before listens, and later, while
 * others train, when the one before belongs to the cluster: JVMs that start together starve each
 * other and all the rest, and the cluster would take healthy members for dead.
 *
 * <p>A run with {@link RunSpec#checkpoints()} is a job as most frameworks have it: the loss of one
 * process ends all others, the verdict is LOST, and whoever runs it starts it again.
 */
public final class ProcessCluster implements AutoCloseable {

  private static final int BOW_SECONDS_MAX = 5;
  private static final int CLOCK_QUESTIONS = 5;
  private static final int SEEDS_MAX = 3;

  /** One that is cut off may never belong: the next does not wait longer for it. */
  private static final Duration NEWCOMER_MAX = Duration.ofSeconds(20);

  /** What is said of a member whose loss ends a job with checkpoints. */
  public static final String JOB_ENDS = "job-ends";

  /** Something to do on the run's thread. */
  private interface Doing {
    void run() throws InterruptedException, IOException, PortTakenException;
  }

  private final RunSpec spec;
  private final FaultLedger ledger;
  private final SerialListener listener;
  private final Launcher launcher;
  private final String token = RunToken.random().hex();
  private final BlockingQueue<Doing> inbox = new LinkedBlockingQueue<>();
  private final Map<String, Child> children = new LinkedHashMap<>();
  private final Map<Child, Integer> questions = new LinkedHashMap<>();
  private final Queue<String> toStart;
  private final Returns returns;
  private final @Nullable RunCertificates certificates;
  private final Cuts cuts = new Cuts();
  private final List<Hearing> hearings = new ArrayList<>();
  private final ScheduledExecutorService alarms =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("alarms").factory());
  private final Map<Child, Exhausted> exhausted = new HashMap<>();
  private long lastCut;
  private int started;
  private @Nullable Child newest;
  private @Nullable Verdict verdict;

  /** Members that have to say that a cut is carried out before it is proved. */
  private record Hearing(long number, Set<String> awaited, Runnable proof) {}

  /** A member that was told to use up its memory. */
  private record Exhausted(Crash fault, long step, long nanos) {}

  private ProcessCluster(
      RunSpec spec, FaultLedger ledger, RunListener listener, Launcher launcher) {
    this.spec = spec;
    this.ledger = ledger;
    this.listener = new SerialListener(listener);
    this.launcher = launcher;
    this.toStart = new ArrayDeque<>(order(spec));
    this.returns = new Returns(spec);
    this.certificates = spec.tls() ? RunCertificates.in(launcher.folder()) : null;
  }

  /** Whether this operating system has what the mode needs. */
  public static boolean isPossibleHere() {
    return Posix.isHere();
  }

  /**
   * Runs to the end.
   *
   * @param ledger that collects the strikes
   * @throws PortTakenException if {@code spec.port()} or one after it is in use
   * @throws IOException if a process cannot be forked
   * @throws InterruptedException if the calling thread is interrupted; nothing is left running
   */
  public static Verdict run(
      RunSpec spec, FaultLedger ledger, RunListener listener, Launcher launcher)
      throws PortTakenException, IOException, InterruptedException {
    try (ProcessCluster cluster = new ProcessCluster(spec, ledger, listener, launcher)) {
      return cluster.run();
    }
  }

  private Verdict run() throws PortTakenException, IOException, InterruptedException {
    ledger.follow(fault -> inbox.add(() -> ask(fault)));
    startNext();
    Verdict end = verdict;
    while (end == null) {
      inbox.take().run();
      end = verdict;
    }
    return end;
  }

  // Starting.

  /** The controllers last: they begin to wait for the workers when they are there. */
  private static List<String> order(RunSpec spec) {
    return spec.members().stream()
        .sorted(Comparator.comparing(RunSpec::role, Comparator.reverseOrder()))
        .toList();
  }

  /**
   * The next one; in a job that starts again all the rest at once, since time is what counts there.
   * But they join the first, so they wait until it is up: what belongs has not always said so.
   */
  private void startNext() throws IOException {
    boolean atOnce = spec.protocol().first() > 0 && !seeds().isEmpty();
    while (!toStart.isEmpty() && (atOnce || !isOneStarting())) {
      String name = toStart.remove();
      if (isForming()) {
        start(name, spec.port(name));
      } else {
        startAgain(name);
      }
    }
  }

  /** A run that lives goes on without a machine that does not come back. */
  private void startAgain(String name) {
    try {
      start(name, 0);
      Child newcomer = newest;
      later(
          NEWCOMER_MAX,
          () -> {
            if (newest == newcomer) {
              newest = null;
              startNext();
            }
          });
    } catch (IOException e) {
      listener.machine(System.nanoTime(), name, "not-back", String.valueOf(e.getMessage()));
    }
  }

  private boolean isForming() {
    return started < spec.members().size();
  }

  private boolean isOneStarting() {
    Child child = newest;
    return child != null
        && child.state() == Child.State.RUNNING
        && (isForming() ? child.address() == null : !child.belongs());
  }

  /** Whom the next one joins. */
  private List<String> seeds() {
    return children.values().stream()
        .filter(Child::lives)
        .flatMap(child -> Stream.ofNullable(child.address()))
        .limit(SEEDS_MAX)
        .toList();
  }

  private void start(String name, int port) throws IOException {
    List<String> seeds = seeds();
    started++;
    String host = launcher.host(name);
    Place place =
        new Place(
            name,
            RunSpec.role(name),
            host,
            port,
            0,
            seeds,
            token,
            spec.awaited(name),
            started,
            certificates == null ? null : certificates.issue(name, host).folder(),
            spec.faults().open(),
            ledger.defects(name));
    Child child = new Child(place, launcher.launch(place));
    children.put(name, child);
    newest = child;
    child.listen(
        report -> inbox.add(() -> on(child, report)),
        line -> inbox.add(() -> machine(child, "unheard", "said what is no report: " + line)),
        code -> inbox.add(() -> ended(child, code)));
    machine(child, "started", "%s, log %s".formatted(child.hardware().name(), launcher.log(name)));
  }

  private void up(Child child, String address) throws IOException, InterruptedException {
    child.up(address);
    questions.put(child, CLOCK_QUESTIONS);
    child.order(new Order.Clock(System.nanoTime()));
    ledger.added().forEach(fault -> child.order(new Order.Ask(fault)));
    if (cuts.any()) {
      rebuild(() -> {});
    }
    startNext();
  }

  private void belongs(Child child) throws IOException {
    child.belong();
    machine(child, "belongs", "the cluster has taken it in");
    startNext();
  }

  /** The first answers are the slowest: the code for them is still cold. */
  private void clock(Child child, Report.Clock answer) {
    Offset offset = child.clock(answer, System.nanoTime());
    int left = questions.merge(child, -1, Integer::sum);
    if (left > 0) {
      child.order(new Order.Clock(System.nanoTime()));
    } else if (left == 0) {
      machine(
          child,
          "clock-measured",
          "its clock is %d ns ahead of the supervisor's, give or take %d ns"
              .formatted(offset.nanos(), offset.errorNanos()));
    }
  }

  // Reports.

  private void on(Child child, Report report)
      throws IOException, InterruptedException, PortTakenException {
    switch (report) {
      case Report.Up up -> up(child, up.address());
      case Report.Belongs ignored -> belongs(child);
      case Report.Scraped at -> scraped(child, at.port());
      case Report.PortTaken taken -> throw new PortTakenException(taken.port(), null);
      case Report.Clock answer -> clock(child, answer);
      case Report.Acting now -> acting(child, child.ours(now.nanos()));
      case Report.Noted noted -> noted(child, noted);
      case Report.Struck struck -> {
        ledger.record(struck.strike());
        listener.struck(child.ours(struck.nanos()), struck.strike());
      }
      case Report.Refused refused ->
          listener.refused(
              child.ours(refused.nanos()), refused.worker(), refused.what(), refused.reason());
      case Report.Measured measured ->
          listener.measured(child.ours(measured.nanos()), measured.measure());
      case Report.Machine news ->
          listener.machine(child.ours(news.nanos()), child.name(), news.kind(), news.what());
      case Report.Members members -> {
        if (listener.isActing(child.name())) {
          listener.members(members.alive());
        }
      }
      case Report.Concluded concluded -> {
        if (listener.isActing(child.name())) {
          verdict = concluded.verdict();
        }
      }
      case Report.Defect defect ->
          throw new IllegalStateException(
              "%s failed: %s; see %s"
                  .formatted(child.name(), defect.trace(), launcher.log(child.name())));
      case Report.Deaf deaf -> deaf(child, deaf.number());
      case Report.Claim claim ->
          child.order(new Order.Claimed(claim.request(), claim(fault(claim.fault()))));
      case Report.Wanted wanted -> strike(child, fault(wanted.fault()), wanted.step());
    }
  }

  private void scraped(Child child, int port) {
    String host = child.hardware().host();
    machine(child, "serves-metrics", "at http://%s:%d/metrics".formatted(host, port));
    listener.serves(child.name(), InetSocketAddress.createUnresolved(host, port));
  }

  private void acting(Child child, long nanos) {
    listener.acting(nanos, child.name());
  }

  private void noted(Child child, Report.Noted noted) throws IOException, InterruptedException {
    if (listener.noted(child.ours(noted.nanos()), child.name(), noted.note())) {
      returns.noted(noted.note());
      if (noted.note() instanceof Note.WorkerLost lost) {
        replace(lost.worker().name());
      }
      bringBack();
    }
  }

  /** Where machines come back, one that was given up is switched off: another one comes for it. */
  private void replace(String name) throws InterruptedException {
    Child child = children.get(name);
    if (spec.returnsAfter().isPresent() && child != null && child.state() == Child.State.STOPPED) {
      String ignored = child.kill();
      machine(child, "switched-off", "stands still, and was given up");
    }
  }

  private boolean claim(Fault fault) {
    int controllers =
        (int)
            children.values().stream()
                .filter(child -> child.role() == Role.CONTROLLER && child.isMember())
                .count();
    return ledger.plan().allows(fault, listener.whereabouts().pods(), controllers)
        && ledger.claim(fault);
  }

  private Fault fault(String id) {
    return ledger.plan().faults().stream()
        .filter(fault -> fault.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("there is no fault '" + id + "'"));
  }

  // Ends.

  private void ended(Child child, int code) throws InterruptedException, IOException {
    boolean wasKilled = child.state() == Child.State.KILLED;
    boolean wasUp = child.address() != null;
    child.ended();
    proveExhausted(child, code);
    if (!wasKilled && !wasUp && started <= spec.members().size()) {
      // Nobody would ever say that the cluster is complete.
      throw new IllegalStateException(
          "%s ended with exit code %d before it was up; see %s"
              .formatted(child.name(), code, launcher.log(child.name())));
    }
    listener.gone(child.name());
    returns.lost(child.name(), listener.whereabouts().committed());
    hearings.forEach(hearing -> heard(hearing, child.name()));
    if (!wasKilled) {
      machine(
          child,
          "ended",
          "%s ended by itself with exit code %d; its log is %s"
              .formatted(child.hardware().name(), code, launcher.log(child.name())));
    }
    if (verdict == null && spec.checkpoints() != null) {
      endJob(child);
    }
    if (verdict == null && isWithout(Role.CONTROLLER)) {
      verdict = new Verdict.Lost("no process that can be the controller is left");
    }
    if (verdict == null && isWithout(Role.WORKER)) {
      verdict = new Verdict.Lost("no process of a worker is left");
    }
    if (verdict == null && child.role() == Role.CONTROLLER && listener.isLeaderless()) {
      int reigns = listener.reigns();
      later(spec.patience(), () -> succession(reigns));
    }
    if (verdict == null) {
      startNext();
    }
  }

  /** Whoever stands by may never have become a member: then nobody would ever say so. */
  private void succession(int reigns) {
    if (verdict == null && listener.isLeaderlessSince(reigns)) {
      verdict = new Verdict.Lost(spec.noSuccessor());
    }
  }

  /** With checkpoints nobody takes over: all end, and the job is to be started again. */
  private void endJob(Child lost) throws InterruptedException {
    machine(lost, JOB_ENDS, "is gone, and the job goes on from a checkpoint or not at all");
    for (Child child : children.values()) {
      String ignored = child.kill();
    }
    verdict = new Verdict.Lost(lost.name() + " is gone; the job is to be started again");
  }

  private boolean isWithout(Role role) {
    return toStart.stream().noneMatch(name -> RunSpec.role(name) == role)
        && children.values().stream().noneMatch(child -> child.role() == role && child.lives());
  }

  private void machine(Child child, String kind, String what) {
    listener.machine(System.nanoTime(), child.name(), kind, what);
  }

  // Faults.

  /** Who is not up yet hears of it later. */
  private void ask(Fault fault) {
    children.values().stream()
        .filter(child -> child.lives() && child.address() != null)
        .forEach(child -> child.order(new Order.Ask(fault)));
  }

  /** Strikes for {@code asker}, which waits for it unless it is struck itself. */
  private void strike(Child asker, Fault fault, long step) throws InterruptedException {
    Child victim = victim(asker, fault);
    if (victim != null && victim.lives()) {
      switch (fault) {
        case Crash crash when crash.outOfMemory() -> exhaust(victim, crash, step);
        case Crash crash -> kill(victim, crash, step);
        case Hang ignored -> stop(victim, fault, step);
        case Pause pause -> {
          stop(victim, fault, step);
          later(pause.length(), () -> resume(victim));
        }
        case Partition cut -> cut(victim, cut, step);
        case Slow ignored -> throw new IllegalStateException("a machine slows itself down");
        case NetworkFault ignored ->
            throw new IllegalStateException("a machine troubles its own wire");
        case Drain ignored -> throw new IllegalStateException("nothing breaks in a drain");
        case DataFault ignored -> throw new IllegalStateException("a machine changes its own data");
      }
    }
    if (asker.lives() && !exhausted.containsKey(asker)) {
      asker.order(new Order.Proceed(fault.id()));
    }
  }

  private @Nullable Child victim(Child asker, Fault fault) {
    if (!(fault.target() instanceof TheController)) {
      return asker;
    }
    String name = listener.whereabouts().holder(fault.target());
    return name == null ? null : children.get(name);
  }

  private void later(Duration wait, Doing doing) {
    Future<?> ignored =
        alarms.schedule(() -> inbox.add(doing), wait.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void prove(long nanos, Child victim, Fault fault, long step, @Nullable String evidence) {
    if (evidence != null) {
      Strike proof = Strike.of(fault, victim.name(), step, evidence);
      ledger.record(proof);
      listener.struck(nanos, proof);
    }
  }

  private void kill(Child victim, Crash fault, long step) throws InterruptedException {
    long struckAt = System.nanoTime();
    prove(struckAt, victim, fault, step, victim.kill());
    returns.crashed(victim.name(), fault, step);
  }

  /** Proved when it has ended; until then nothing else of it goes on if it struck itself. */
  private void exhaust(Child victim, Crash fault, long step) {
    exhausted.put(victim, new Exhausted(fault, step, System.nanoTime()));
    returns.crashed(victim.name(), fault, step);
    victim.order(new Order.Exhaust());
  }

  private void proveExhausted(Child victim, int code) {
    Exhausted asked = exhausted.remove(victim);
    if (asked != null && code == Exhaustion.EXIT_CODE) {
      String evidence =
          "its heap was full: the JVM of %s ended with exit code %d; see %s"
              .formatted(victim.hardware().name(), code, launcher.log(victim.name()));
      prove(asked.nanos(), victim, asked.fault(), asked.step(), evidence);
    }
  }

  private void stop(Child victim, Fault fault, long step) throws InterruptedException {
    long struckAt = System.nanoTime();
    prove(struckAt, victim, fault, step, victim.stop());
  }

  private void resume(Child victim) throws InterruptedException {
    if (victim.resume()) {
      machine(victim, "resumed", victim.hardware().name() + " goes on");
    }
  }

  private void cut(Child victim, Partition fault, long step) throws InterruptedException {
    Set<String> side = Cut.side(fault, living(), listener.whereabouts());
    cuts.cut(fault.id(), side, fault.direction());
    String evidence = Cut.of(side, fault.direction(), living()).evidence();
    long struckAt = System.nanoTime();
    rebuild(() -> prove(struckAt, victim, fault, step, evidence));
    fault.length().ifPresent(length -> later(length, () -> heal(victim, fault)));
  }

  private void heal(Child victim, Partition fault) throws InterruptedException {
    cuts.heal(fault.id());
    rebuild(() -> {});
    machine(victim, "healed", "the cut " + fault.id() + " is no more");
  }

  /** Tells everybody what is cut now; who stands still hears of it later, and is not waited for. */
  private void rebuild(Runnable proof) throws InterruptedException {
    lastCut++;
    Cut cut = cuts.among(living());
    Set<String> awaited =
        children.values().stream()
            .filter(child -> child.state() == Child.State.RUNNING && child.address() != null)
            .map(Child::name)
            .collect(Collectors.toCollection(HashSet::new));
    boolean fromOutside = false;
    for (String name : living()) {
      Child child = children.get(name);
      if (child != null && child.hardware().deafTo(hosts(cut.deafTo(name)))) {
        fromOutside = true;
        awaited.remove(name);
      } else {
        order(name, cut);
      }
    }
    if (fromOutside && awaited.isEmpty()) {
      proof.run();
    } else {
      hearings.add(new Hearing(lastCut, awaited, proof));
    }
  }

  private Set<String> hosts(Set<String> names) {
    return names.stream()
        .flatMap(name -> Stream.ofNullable(children.get(name)))
        .map(child -> child.hardware().host())
        .collect(Collectors.toSet());
  }

  private void order(String name, Cut cut) {
    Child child = children.get(name);
    if (child != null) {
      Set<String> addresses =
          cut.apart(name).stream()
              .flatMap(peer -> Stream.ofNullable(children.get(peer)))
              .flatMap(peer -> Stream.ofNullable(peer.address()))
              .collect(Collectors.toSet());
      child.order(new Order.Cut(lastCut, addresses, cut.deafTo(name)));
    }
  }

  /** The cut is proved when everybody who was told of it has carried it out, or is gone. */
  private void deaf(Child child, long number) {
    hearings.stream()
        .filter(hearing -> hearing.number() == number)
        .forEach(hearing -> heard(hearing, child.name()));
    hearings.removeIf(hearing -> hearing.awaited().isEmpty());
  }

  private static void heard(Hearing hearing, String name) {
    if (hearing.awaited().remove(name) && hearing.awaited().isEmpty()) {
      hearing.proof().run();
    }
  }

  private Set<String> living() {
    return children.values().stream()
        .filter(Child::lives)
        .map(Child::name)
        .collect(Collectors.toSet());
  }

  /** Machines whose time has come are there again: a fresh process, with a name of its own. */
  private void bringBack() throws IOException {
    toStart.addAll(returns.due(listener.whereabouts().committed()));
    startNext();
  }

  /** Ends everything that still runs; an interrupt is kept for afterwards. */
  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    listener.close();
    alarms.shutdownNow();
    children.values().forEach(Child::bow);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(BOW_SECONDS_MAX);
    children.values().forEach(child -> child.bury(deadline));
    if (certificates != null) {
      certificates.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
