package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.AddressFromURIString;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ClusterEvent;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.JoinSeedNodes;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.fasterxml.jackson.databind.JsonNode;
import dev.redoubt.digest.Digest;
import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.Payload;
import dev.redoubt.store.Receiver;
import dev.redoubt.store.net.AddressBook;
import dev.redoubt.store.net.NetOptions;
import dev.redoubt.store.net.NettyEndpoint;
import dev.redoubt.store.net.NettyFabric;
import dev.redoubt.store.net.Refusal;
import dev.redoubt.store.net.Refused;
import dev.redoubt.store.net.RunToken;
import dev.redoubt.store.net.TlsFiles;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Whoever does not belong here gets nothing, from Akka's ports as little as from the fabric's. */
class HostileTest {

  /** Far below the 2 GiB that a single one of the announced frames would take. */
  private static final long GROWTH_BYTES_MAX = 64L << 20;

  private static final int OTHER_WARNINGS_MAX = 50;
  private static final List<String> LOGGERS = List.of("dev.redoubt", "akka", "io.netty");

  private final Lab lab = new Lab().pods(2).steps(200);
  private final Log log = new Log();

  private final Path folder;

  HostileTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** Many threads log. */
  private static final class Log extends AppenderBase<ILoggingEvent> {
    private static final int EVENTS_MAX = 10_000;

    private final Queue<ILoggingEvent> events = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    @Override
    protected void append(ILoggingEvent event) {
      // More than that is as bad as without end.
      if (count.getAndIncrement() < EVENTS_MAX) {
        events.add(event);
      }
    }
  }

  @BeforeEach
  void listen() {
    log.start();
    for (String name : LOGGERS) {
      Logger logger = (Logger) LoggerFactory.getLogger(name);
      logger.setLevel(Level.WARN);
      logger.setAdditive(false);
      logger.addAppender(log);
    }
  }

  @AfterEach
  void listenNoMore() {
    for (String name : LOGGERS) {
      Logger logger = (Logger) LoggerFactory.getLogger(name);
      logger.detachAppender(log);
      logger.setAdditive(true);
      logger.setLevel(null);
    }
  }

  @Test
  void strangers_at_both_kinds_of_ports_do_not_disturb_a_training() throws Exception {
    try (Hosts hosts = new Hosts(lab.spec(), null)) {
      hosts.awaitTraining();
      long before = memory();
      Mallory mallory = new Mallory(17);
      int rounds = 0;
      while (!hosts.isOver()) {
        for (String name : hosts.akka().keySet()) {
          assertThat(mallory.attack(at(hosts.akka(), name))).as("answered by Akka").isZero();
          assertThat(mallory.attack(at(hosts.fabric(), name))).as("by the fabric").isZero();
        }
        crowd(mallory, hosts);
        byte[] hello = Mallory.hello();
        InetSocketAddress akka = at(hosts.akka(), "w0");
        // A hello in good order is answered with a nonce and a proof; what follows proves nothing.
        assertThat(Mallory.say(akka, Arrays.copyOf(hello, hello.length + 100))).isEqualTo(48);
        assertThat(Mallory.say(akka, Arrays.copyOf(hello, 11))).isZero();
        rounds += hosts.isOver() ? 0 : 1;
      }
      assertThat(rounds).as("rounds while they trained").isPositive();

      assertUndisturbed(hosts, before);
      assertThat(refused().map(Refused::refusal))
          .contains(Refusal.NO_FRAME, Refusal.OTHER_RUN, Refusal.TRUNCATED, Refusal.TOO_MANY);
      assertThat(refused().map(Refused::node)).contains("w0", "w0 (Akka)", "c0 (Akka)");
    }
  }

  @Test
  void members_of_another_run_do_not_get_in() throws Exception {
    try (Hosts hosts = new Hosts(lab.spec(), null)) {
      hosts.awaitTraining();
      long before = memory();

      assertThat(joins(hosts, new Credentials(RunToken.random(), null))).isFalse();
      assertNoLink(hosts, NetOptions.defaults(RunToken.random()));

      assertUndisturbed(hosts, before);
      assertThat(refused().map(Refused::refusal)).contains(Refusal.OTHER_RUN);
    }
  }

  @Test
  void with_tls_only_certificates_of_the_run_open_doors() throws Exception {
    RunCertificates certificates = RunCertificates.in(folder);
    TlsFiles ours = certificates.issue("ours");
    try (RunCertificates foreign =
            RunCertificates.in(Files.createDirectory(folder.resolve("foreign")));
        Hosts hosts = new Hosts(lab.tls().spec(), certificates)) {
      TlsFiles theirs = foreign.issue("c0");
      hosts.awaitTraining();
      long before = memory();

      for (Map<String, InetSocketAddress> ports : List.of(hosts.akka(), hosts.fabric())) {
        InetSocketAddress port = at(ports, "w0");
        assertThatCode(() -> knock(port, ours, true)).doesNotThrowAnyException();
        assertThatThrownBy(() -> knock(port, theirs, true)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> knock(port, ours, false)).isInstanceOf(IOException.class);
        assertPlainIsRefused(port);
      }
      assertThat(joins(hosts, new Credentials(hosts.token(), null))).isFalse();
      assertThat(joins(hosts, new Credentials(hosts.token(), theirs))).isFalse();
      NetOptions right = NetOptions.defaults(hosts.token());
      assertNoLink(hosts, right);
      assertNoLink(hosts, right.withTls(theirs));
      Mallory mallory = new Mallory(18);
      int ignored = mallory.attack(at(hosts.akka(), "w0"));
      ignored += mallory.attack(at(hosts.fabric(), "w0"));

      assertUndisturbed(hosts, before);
      assertThat(refused().filter(said -> said.refusal() == Refusal.NO_CERTIFICATE))
          .extracting(Refused::node)
          .contains("w0", "w0 (Akka)");
    }
    try (Stream<Path> left = Files.walk(folder)) {
      assertThat(left.filter(Files::isRegularFile)).isEmpty();
    }
  }

  private static InetSocketAddress at(Map<String, InetSocketAddress> ports, String name) {
    InetSocketAddress port = ports.get(name);
    assertThat(port).isNotNull();
    return Objects.requireNonNull(port);
  }

  private static void crowd(Mallory mallory, Hosts hosts) throws IOException {
    List<Socket> crowd = new ArrayList<>();
    try {
      for (InetSocketAddress port : hosts.akka().values()) {
        crowd.addAll(mallory.crowd(port));
      }
      for (InetSocketAddress port : hosts.fabric().values()) {
        crowd.addAll(mallory.crowd(port));
      }
    } finally {
      for (Socket socket : crowd) {
        socket.close();
      }
    }
  }

  private static void assertPlainIsRefused(InetSocketAddress port) throws IOException {
    // An alert of TLS is all that may come.
    assertThat(Mallory.say(port, Mallory.akka(1, 4, new byte[4]))).isLessThanOrEqualTo(7);
  }

  /** Handshakes, and waits for the first word of the other end, which would be a refusal. */
  private static void knock(InetSocketAddress port, TlsFiles files, boolean shows)
      throws Exception {
    char[] password = TlsFiles.STORE_PASSWORD.toCharArray();
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(KeyStore.getInstance(files.keyStore().toFile(), password), password);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(KeyStore.getInstance(files.trustStore().toFile(), password));
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(shows ? keys.getKeyManagers() : new KeyManager[0], trust.getTrustManagers(), null);
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(port.getAddress(), port.getPort())) {
      socket.setSoTimeout(500);
      socket.startHandshake();
      try {
        int word = socket.getInputStream().read();
        throw new IOException("the other end said " + word);
      } catch (SocketTimeoutException e) {
        // It waits for what comes next.
      }
    }
  }

  /** Whether somebody with these credentials becomes a member; it tries for some seconds. */
  private static boolean joins(Hosts hosts, Credentials credentials) throws Exception {
    ActorSystem<Void> eve =
        NodeSystems.start(
            Behaviors.empty(), "w9", List.of("worker"), Member.LOOPBACK, 0, false, credentials);
    try {
      Cluster cluster = Cluster.get(eve);
      cluster
          .manager()
          .tell(
              new JoinSeedNodes(hosts.seeds().stream().map(AddressFromURIString::parse).toList()));
      TimeUnit.SECONDS.sleep(3);
      ClusterEvent.CurrentClusterState state = cluster.state();
      return state.getMembers().iterator().hasNext();
    } finally {
      eve.terminate();
      eve.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
  }

  /** Says that it is the controller, whose name w0 knows. */
  private static void assertNoLink(Hosts hosts, NetOptions options) throws Exception {
    AddressBook book = new AddressBook();
    ConcurrentLinkedQueue<String> linked = new ConcurrentLinkedQueue<>();
    NetOptions hasty =
        options
            .withFrames(FabricOptions.defaults().withInbox(4, Duration.ofSeconds(2)))
            .withRefusals(refused -> {});
    try (NettyFabric fabric = new NettyFabric(hasty, book);
        Arena arena = Arena.ofShared()) {
      NettyEndpoint eve = fabric.open("c0", new Listening(linked));
      book.put("w0", at(hosts.fabric(), "w0"));
      MemorySegment payload = arena.allocateFrom("let me in");
      FrameHeader.Gradient header = new FrameHeader.Gradient(3, 15, 4, 8, 1, 0, 1, 0, 5.5);
      assertThatThrownBy(() -> eve.send("w0", header, payload))
          .hasMessageStartingWith("frame to w0: ");
      assertThat(linked).isEmpty();
    }
  }

  private record Listening(ConcurrentLinkedQueue<String> linked) implements Receiver {
    @Override
    public void frame(String from, FrameHeader header, Payload payload) {
      linked.add(from);
    }

    @Override
    public void peerBroken(String peer) {}

    @Override
    public void peerLinked(String peer) {
      linked.add(peer);
    }

    @Override
    public void frameCorrupt(String from, FrameHeader header) {}
  }

  /** The training ends on the golden bits, nobody was lost, and little was taken and written. */
  private void assertUndisturbed(Hosts hosts, long before) throws Exception {
    JsonNode verdict = hosts.verdict();
    assertThat(verdict.path("type").asText()).as(verdict.toString()).isEqualTo("Completed");
    Digest golden = lab.golden().getFirst();
    assertThat(verdict.path("finals")).hasSize(2);
    for (JsonNode copy : verdict.path("finals")) {
      assertThat(copy.at("/digest/value").asLong()).isEqualTo(golden.value());
    }
    assertThat(hosts.noted("WorkerLost")).isZero();
    assertThat(hosts.noted("Detected")).isZero();
    assertThat(hosts.noted("EpochOpened")).isEqualTo(1);
    assertThat(memory() - before).isLessThan(GROWTH_BYTES_MAX);
    List<String> causes =
        refused().map(said -> said.node() + " " + said.refusal() + " " + said.from()).toList();
    assertThat(causes).doesNotHaveDuplicates();
    assertThat(events().filter(event -> refusal(event) == null))
        .hasSizeLessThan(OTHER_WARNINGS_MAX);
  }

  private Stream<ILoggingEvent> events() {
    return List.copyOf(log.events).stream();
  }

  private Stream<Refused> refused() {
    return events().flatMap(event -> Stream.ofNullable(refusal(event)));
  }

  private static @Nullable Refused refusal(ILoggingEvent event) {
    Object[] said = event.getArgumentArray();
    return said != null && said.length == 1 && said[0] instanceof Refused refused ? refused : null;
  }

  /** Bytes on the heap after a collection, in direct buffers and in those of Netty. */
  private static long memory() {
    System.gc();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    long direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return heap + direct + Math.max(0, PlatformDependent.usedDirectMemory());
  }
}
