package dev.redoubt.store.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.NetRecorder;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who has no certificate of the cluster gets nothing, and those who have one are not disturbed. */
class TlsTest {

  private static final FrameHeader.Gradient HEADER =
      new FrameHeader.Gradient(3, 15, 4, 8, 1, 0, 1, 0, 5.5);
  private static final List<String> HOSTS = List.of("localhost", "127.0.0.1");

  @TempDir
  @SuppressWarnings("NullAway.Init")
  Path folder;

  private final RunToken token = RunToken.random();
  private final ClusterCertificates cluster = ClusterCertificates.create();
  private final BlockingQueue<Refused> refused = new LinkedBlockingQueue<>();
  private final List<NettyFabric> fabrics = new ArrayList<>();

  @AfterEach
  void close() {
    fabrics.forEach(NettyFabric::close);
  }

  private record Node(NettyEndpoint endpoint, AddressBook book, NetRecorder events) {}

  private Node node(String name, @Nullable TlsFiles tls) {
    NetOptions plain =
        NetOptions.defaults(token)
            .withFrames(FabricOptions.defaults().withInbox(64, Duration.ofSeconds(1)))
            .withRefusals(refused::add);
    AddressBook book = new AddressBook();
    NettyFabric fabric = new NettyFabric(tls == null ? plain : plain.withTls(tls), book);
    fabrics.add(fabric);
    NetRecorder events = new NetRecorder();
    return new Node(fabric.open(name, events), book, events);
  }

  private TlsFiles files(ClusterCertificates by, String name) {
    return by.issue(folder.resolve(name + fabrics.size()), name, HOSTS);
  }

  private static void introduce(Node one, Node other) {
    // Who is dialled knows first who will dial.
    other.book().put(one.endpoint().node(), one.endpoint().address());
    one.book().put(other.endpoint().node(), other.endpoint().address());
  }

  private static void send(Node from, Node to, String text) throws Exception {
    try (Arena arena = Arena.ofShared()) {
      from.endpoint().send(to.endpoint().node(), HEADER, arena.allocateFrom(text));
    }
  }

  private Refused nextRefusal() throws InterruptedException {
    Refused next = refused.poll(30, TimeUnit.SECONDS);
    assertThat(next).as("a refusal").isNotNull();
    return Objects.requireNonNull(next);
  }

  @Test
  void two_nodes_of_a_cluster_talk_in_both_directions() throws Exception {
    Node ada = node("ada", files(cluster, "ada"));
    Node bob = node("bob", files(cluster, "bob"));
    introduce(ada, bob);
    send(ada, bob, "there");
    send(bob, ada, "back");
    assertThat(bob.events().nextFrame().payload()).startsWith("there");
    assertThat(ada.events().nextFrame().payload()).startsWith("back");
    assertThat(refused).isEmpty();
  }

  /** A machine that is back has a name that is no host's. */
  @ParameterizedTest
  @CsvSource({"w1~2, w2", "w0, w1~2", "w1~2, w3~12"})
  void a_node_with_a_name_of_its_second_life_is_known_by_it(String first, String second)
      throws Exception {
    Node one = node(first, files(cluster, first));
    Node other = node(second, files(cluster, second));
    introduce(one, other);
    send(one, other, "there");
    send(other, one, "back");
    assertThat(other.events().nextFrame().payload()).startsWith("there");
    assertThat(one.events().nextFrame().payload()).startsWith("back");
    assertThat(refused).isEmpty();
  }

  /** Larger than what is queued and than any record of TLS. */
  @Test
  void a_large_frame_arrives_whole() throws Exception {
    Node ada = node("ada", files(cluster, "ada"));
    Node bob = node("bob", files(cluster, "bob"));
    introduce(ada, bob);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment payload = arena.allocate(5_000_017).fill((byte) 'x');
      ada.endpoint().send("bob", HEADER, payload);
    }
    assertThat(bob.events().nextFrame().payload()).hasSize(5_000_017).matches("x+");
  }

  @Test
  void a_peer_with_a_foreign_certificate_is_refused_by_whoever_is_dialled() throws Exception {
    Node bob = node("bob", files(cluster, "bob"));
    Node stranger = node("ada", files(ClusterCertificates.create(), "ada"));
    introduce(stranger, bob);
    // Each refuses the other: neither has a certificate that the other trusts.
    assertThat(nextRefusal().refusal()).isEqualTo(Refusal.NO_CERTIFICATE);
    assertThatThrownBy(() -> send(stranger, bob, "hello")).hasMessageStartingWith("frame to bob: ");
    assertUndisturbed(bob);
  }

  /**
   * It trusts the cluster, but has no certificate of it: in TLS 1.3 it learns so on its first read.
   */
  @Test
  void a_peer_that_only_trusts_the_cluster_is_refused() throws Exception {
    Node bob = node("bob", files(cluster, "bob"));
    TlsFiles foreign = files(ClusterCertificates.create(), "ada");
    TlsFiles mixed =
        new TlsFiles(files(cluster, "other").ca(), foreign.certificate(), foreign.key());
    Node stranger = node("ada", mixed);
    introduce(stranger, bob);
    assertThat(nextRefusal().refusal()).isEqualTo(Refusal.NO_CERTIFICATE);
    assertThatThrownBy(() -> send(stranger, bob, "hello")).hasMessageStartingWith("frame to bob: ");
    assertUndisturbed(bob);
  }

  @Test
  void a_peer_without_tls_is_refused() throws Exception {
    Node bob = node("bob", files(cluster, "bob"));
    Node plain = node("ada", null);
    introduce(plain, bob);
    Refused first = nextRefusal();
    assertThat(first)
        .isEqualTo(new Refused("bob", Refusal.NO_CERTIFICATE, "127.0.0.1", first.detail()));
    assertThatThrownBy(() -> send(plain, bob, "hello")).hasMessageStartingWith("frame to bob: ");
    assertUndisturbed(bob);
  }

  @Test
  void a_node_cannot_pass_itself_off_as_another() throws Exception {
    Node bob = node("bob", files(cluster, "bob"));
    TlsFiles carls = files(cluster, "carl");
    Node liar = node("ada", carls);
    introduce(liar, bob);
    Refused first = nextRefusal();
    assertThat(first.refusal()).isEqualTo(Refusal.NO_CERTIFICATE);
    assertThat(first.detail()).isEqualTo("its certificate is not that of 'ada'");
    assertUndisturbed(bob);
  }

  @Test
  void whoever_answers_at_the_address_must_be_the_node_that_was_wanted() throws Exception {
    Node carl = node("carl", files(cluster, "carl"));
    Node ada = node("ada", files(cluster, "ada"));
    ada.book().put("bob", carl.endpoint().address());
    assertThat(nextRefusal().refusal()).isEqualTo(Refusal.NO_CERTIFICATE);
  }

  @Test
  void only_the_owner_may_read_the_files_and_they_are_not_overwritten() throws Exception {
    TlsFiles files = files(cluster, "ada");
    for (Path file :
        List.of(
            files.ca(), files.certificate(), files.key(), files.keyStore(), files.trustStore())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    assertThat(Files.readString(files.key())).startsWith("-----BEGIN PRIVATE KEY-----");
    assertThatThrownBy(() -> files(cluster, "ada")).hasMessageStartingWith("no certificates in ");
  }

  @Test
  void the_key_stores_hold_the_same() throws Exception {
    TlsFiles files = files(cluster, "ada");
    char[] password = TlsFiles.STORE_PASSWORD.toCharArray();
    KeyStore keys = KeyStore.getInstance(files.keyStore().toFile(), password);
    KeyStore trusted = KeyStore.getInstance(files.trustStore().toFile(), password);
    assertThat(keys.getKey("node", password).getAlgorithm()).isEqualTo("EC");
    keys.getCertificate("node").verify(trusted.getCertificate("ca").getPublicKey());
  }

  @Test
  void a_file_that_is_no_certificate_is_named() throws Exception {
    TlsFiles files = files(cluster, "ada");
    Files.writeString(files.certificate(), "rubbish");
    assertThatThrownBy(() -> node("ada", files))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tls.crt");
  }

  /** The two who belong here still find each other. */
  private void assertUndisturbed(Node bob) throws Exception {
    Node zoe = node("zoe", files(cluster, "zoe"));
    introduce(bob, zoe);
    send(zoe, bob, "well");
    assertThat(bob.events().nextFrame().from()).isEqualTo("zoe");
  }
}
