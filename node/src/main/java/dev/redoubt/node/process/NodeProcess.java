package dev.redoubt.node.process;

import dev.redoubt.node.BothListeners;
import dev.redoubt.node.BoundFabric;
import dev.redoubt.node.Credentials;
import dev.redoubt.node.Member;
import dev.redoubt.node.Outside;
import dev.redoubt.node.PortTakenException;
import dev.redoubt.node.Role;
import dev.redoubt.node.RunListener;
import dev.redoubt.node.RunSpec;
import dev.redoubt.node.TransferRehearsal;
import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.net.NetOptions;
import dev.redoubt.store.net.TlsFiles;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A process that is one member of the cluster, from its start to its end. */
public final class NodeProcess {

  private static final Logger LOG = LoggerFactory.getLogger(NodeProcess.class);

  private final RunSpec spec;
  private final Place place;
  private final ReportChannel channel;
  private final Optional<Meter> meter;
  private final AtomicInteger incarnations = new AtomicInteger();
  private final CompletableFuture<Member> started = new CompletableFuture<>();
  private final CompletableFuture<String> over = new CompletableFuture<>();

  private NodeProcess(RunSpec spec, Place place, ReportChannel channel, Optional<Meter> meter) {
    this.spec = spec;
    this.place = place;
    this.channel = channel;
    this.meter = meter;
  }

  /**
   * Is a member until the run is over, the supervisor is gone, or the cluster has taken it off.
   *
   * @param in the supervisor's orders
   * @param out what is reported to it
   * @param meter that measures it here; empty if nobody scrapes it
   * @return why it ended
   * @throws PortTakenException if a port of {@code place} is in use
   */
  public static String run(
      RunSpec spec, Place place, InputStream in, PrintStream out, Optional<Meter> meter)
      throws PortTakenException {
    RunSpec own = place.open() ? spec.openToFaults() : spec;
    ReportChannel channel = new ReportChannel(own.faults(), place.defects(), in, out);
    return new NodeProcess(own, place, channel, meter).run();
  }

  private String run() throws PortTakenException {
    Thread.ofPlatform().daemon().name("orders").start(() -> over.complete(channel.obey()));
    try (BoundFabric fabric = fabric()) {
      meter.ifPresent(here -> here.opened(fabric.counters()));
      Outside outside =
          new Outside(
              fabric,
              fabric,
              channel,
              channel,
              listener(),
              this::incarnation,
              verdict -> channel.say(new Report.Concluded(System.nanoTime(), verdict)),
              channel::defect);
      try (Member member =
          Member.start(
              place.name(),
              place.role(),
              List.of(fabric.tag()),
              place.host(),
              place.port(),
              place.members(),
              spec,
              place.credentials(),
              outside)) {
        member.join(place.seeds().isEmpty() ? List.of(member.address()) : place.seeds());
        started.complete(member);
        rehearse(member);
        channel.onCut(order -> cut(member, fabric, order));
        meter.ifPresent(here -> channel.say(new Report.Scraped(here.port())));
        channel.say(new Report.Up(member.address()));
        String why = over.join();
        LOG.info("{} ends: {}", place.name(), why);
        return why;
      }
    } catch (PortTakenException e) {
      channel.say(new Report.PortTaken(place.port()));
      throw e;
    } catch (RuntimeException | Error e) {
      // Threads of a half-started actor system would keep this process, and whoever waits for it.
      channel.defect(e);
      throw e;
    } finally {
      meter.ifPresent(here -> here.belongs(false));
    }
  }

  private RunListener listener() {
    return meter.<RunListener>map(here -> new BothListeners(channel, here)).orElse(channel);
  }

  private void belongs() {
    meter.ifPresent(here -> here.belongs(true));
    channel.say(new Report.Belongs());
  }

  /** A controller that begins anew so often here has lost its way. */
  private int incarnation() {
    int own = incarnations.incrementAndGet();
    if (own >= Place.INCARNATIONS) {
      throw new IllegalStateException(own + " controllers began in one process");
    }
    return place.number() * Place.INCARNATIONS + own;
  }

  /** Where nobody can take over, nobody need be ready for it. */
  private void rehearse(Member member) {
    if (spec.protocol().mesh().spares() > 0) {
      if (spec.beginsAsSpare(place.name())) {
        member.rehearseSteps();
      }
      Thread.ofPlatform().daemon().name("rehearsal").start(() -> rehearseTalk(member));
    }
  }

  private void rehearseTalk(Member member) {
    try {
      member.rehearseWords();
      ReportChannel.rehearse();
      if (place.role() == Role.WORKER) {
        TransferRehearsal.run();
      }
    } catch (RuntimeException e) {
      LOG.warn("what a loss takes could not be rehearsed: the first one will be slow", e);
    }
  }

  private void cut(Member member, BoundFabric fabric, Order.Cut order) {
    fabric.deafTo(order.deafTo());
    CompletableFuture<?> ignored =
        member
            .keepApart(order.apart())
            .thenRun(() -> channel.say(new Report.Deaf(order.number())))
            .toCompletableFuture();
  }

  /** A controller sees to it that a dead member is not waited for. */
  private void broken(String peer) {
    if (place.role() == Role.CONTROLLER) {
      CompletableFuture<Void> ignored = started.thenAccept(member -> member.broken(peer));
    }
  }

  private BoundFabric fabric() throws PortTakenException {
    Credentials credentials = place.credentials();
    NetOptions plain =
        NetOptions.defaults(credentials.token())
            .withHost(place.host())
            .withFrames(FabricOptions.defaults().withFrameDigests(spec.frameDigests()));
    TlsFiles tls = credentials.tls();
    NetOptions options = tls == null ? plain : plain.withTls(tls);
    try {
      return new BoundFabric(
          options,
          place.name(),
          place.fabricPort(),
          this::broken,
          this::belongs,
          () -> over.complete("the cluster has taken it off"));
    } catch (UncheckedIOException e) {
      channel.say(new Report.PortTaken(place.fabricPort()));
      throw new PortTakenException(place.fabricPort(), e);
    }
  }

  /**
   * Ties this process to the one that forked it: killed when that ends, deaf to the terminal's
   * keys.
   *
   * @return false where the operating system cannot do it
   */
  public static boolean dependOnParent() {
    return Posix.isHere() && Posix.dependOnParent();
  }
}
