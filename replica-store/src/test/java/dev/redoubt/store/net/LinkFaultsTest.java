package dev.redoubt.store.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.NetRecorder;
import dev.redoubt.store.Payload;
import dev.redoubt.store.PeerBrokenException;
import dev.redoubt.store.Receiver;
import dev.redoubt.store.Recorder;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Faults of the network, and ends that are slow, many, or closed at the wrong moment. */
class LinkFaultsTest {

  private static final LinkTiming QUICK = new LinkTiming(Duration.ofMillis(40));

  private final Arena arena = Arena.ofShared();
  private final AddressBook book = new AddressBook();
  private final List<NettyFabric> fabrics = new ArrayList<>();
  private volatile LinkFaults faults = (_, _, _) -> LinkFaults.Fate.DELIVERED;
  private final NetRecorder atAda = new NetRecorder();
  private final NetRecorder atBob = new NetRecorder();
  private final NettyFabric fabric =
      fabric(
          NetOptions.defaults(RunToken.random())
              .withTiming(QUICK)
              .withFaults((from, to, wire) -> faults.arrived(from, to, wire)));

  private NettyFabric fabric(NetOptions options) {
    NettyFabric made = new NettyFabric(options, book);
    fabrics.add(made);
    return made;
  }

  private NettyEndpoint open(String node, NetRecorder events) {
    NettyEndpoint endpoint = fabric.open(node, events);
    book.put(node, endpoint.address());
    return endpoint;
  }

  @AfterEach
  void close() {
    fabrics.forEach(NettyFabric::close);
    arena.close();
  }

  private static FrameHeader.Gradient at(long step) {
    return new FrameHeader.Gradient(3, step, 0, 1, 0, 0, 1, 0, 1);
  }

  private static long step(MemorySegment wire) {
    return FrameHeader.read(wire).step();
  }

  @Test
  void frames_can_be_lost_doubled_delayed_and_corrupted_on_one_link() throws Exception {
    faults =
        (from, to, wire) ->
            switch ((int) step(wire)) {
              case 1 -> LinkFaults.Fate.LOST;
              case 2 -> new LinkFaults.Fate(2, Duration.ZERO);
              case 3 -> new LinkFaults.Fate(1, Duration.ofMillis(50));
              case 4 -> corrupted(wire);
              default -> LinkFaults.Fate.DELIVERED;
            };
    NettyEndpoint ada = open("ada", atAda);
    open("bob", atBob);
    MemorySegment payload = arena.allocateFrom("x");
    for (int step = 1; step <= 5; step++) {
      ada.send("bob", at(step), payload);
    }
    assertThat(atBob.next()).isEqualTo(new NetRecorder.Linked("ada"));
    assertThat(atBob.next()).isEqualTo(new Recorder.Frame("ada", at(2), "x\0"));
    assertThat(atBob.next()).isEqualTo(new Recorder.Frame("ada", at(2), "x\0"));
    // The delayed one is overtaken, or not if this machine is slow: the order is not promised.
    Set<Recorder.Event> rest = new HashSet<>();
    for (int i = 0; i < 3; i++) {
      rest.add(atBob.next());
    }
    assertThat(rest)
        .containsExactlyInAnyOrder(
            new Recorder.Corrupt("ada"),
            new Recorder.Frame("ada", at(3), "x\0"),
            new Recorder.Frame("ada", at(5), "x\0"));
  }

  private static LinkFaults.Fate corrupted(MemorySegment wire) {
    long last = wire.byteSize() - 1;
    wire.set(ValueLayout.JAVA_BYTE, last, (byte) (wire.get(ValueLayout.JAVA_BYTE, last) ^ 64));
    return LinkFaults.Fate.DELIVERED;
  }

  /** Lost frames give their room back: more of them than an inbox holds. */
  @Test
  void lost_frames_do_not_fill_the_inbox() throws Exception {
    faults = (_, _, wire) -> step(wire) < 500 ? LinkFaults.Fate.LOST : LinkFaults.Fate.DELIVERED;
    NettyEndpoint ada = open("ada", atAda);
    open("bob", atBob);
    MemorySegment payload = arena.allocateFrom("x");
    for (int step = 1; step <= 500; step++) {
      ada.send("bob", at(step), payload);
    }
    assertThat(atBob.nextFrame().header()).isEqualTo(at(500));
  }

  @Test
  void a_peer_that_is_cut_off_is_silent_then_broken_and_linked_anew_when_the_cut_heals()
      throws Exception {
    NettyEndpoint ada = open("ada", atAda);
    NettyEndpoint bob = open("bob", atBob);
    assertThat(atAda.next()).isEqualTo(new NetRecorder.Linked("bob"));
    assertThat(atBob.next()).isEqualTo(new NetRecorder.Linked("ada"));
    ada.hear("bob", false);
    bob.hear("ada", false);
    assertThat(atAda.next(NetRecorder.Silent.class).peer()).isEqualTo("bob");
    assertThat(atBob.next(NetRecorder.Silent.class).peer()).isEqualTo("ada");
    assertThat(atAda.next(Recorder.Broken.class).peer()).isEqualTo("bob");
    assertThat(atBob.next(Recorder.Broken.class).peer()).isEqualTo("ada");
    ada.hear("bob", true);
    bob.hear("ada", true);
    assertThat(atAda.next(NetRecorder.Linked.class).peer()).isEqualTo("bob");
    assertThat(atBob.next(NetRecorder.Linked.class).peer()).isEqualTo("ada");
    ada.send("bob", at(1), arena.allocateFrom("again"));
    assertThat(atBob.nextFrame().payload()).isEqualTo("again\0");
  }

  /** One direction only: who hears nothing says so, and who is heard nothing of does not know. */
  @Test
  void a_short_cut_in_one_direction_loses_nothing() throws Exception {
    NettyEndpoint ada = open("ada", atAda);
    NettyEndpoint bob = open("bob", atBob);
    assertThat(atAda.next()).isEqualTo(new NetRecorder.Linked("bob"));
    assertThat(atBob.next()).isEqualTo(new NetRecorder.Linked("ada"));
    bob.hear("ada", false);
    // A read that is under way may still deliver: once ada is silent, none is.
    assertThat(atBob.next()).isEqualTo(new NetRecorder.Silent("ada"));
    ada.send("bob", at(1), arena.allocateFrom("held up"));
    bob.hear("ada", true);
    assertThat(atBob.nextFrame().payload()).isEqualTo("held up\0");
    assertThat(bob.counters().linksBroken()).isZero();
  }

  @Test
  void a_slow_network_delivers_everything() throws Exception {
    NettyEndpoint ada = open("ada", atAda);
    NettyEndpoint bob = open("bob", atBob);
    bob.limit("ada", 4 << 20);
    MemorySegment payload = arena.allocate(1 << 20).fill((byte) 'x');
    ada.send("bob", at(1), payload);
    assertThat(atBob.nextFrame().payload()).hasSize(1 << 20).matches("x+");
    bob.limit("ada", 0);
    ada.send("bob", at(2), payload);
    assertThat(atBob.nextFrame().payload()).hasSize(1 << 20);
  }

  @Test
  void many_peers_all_hear_each_other() throws Exception {
    int count = 12;
    List<NettyEndpoint> all = new ArrayList<>();
    List<NetRecorder> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      NetRecorder recorder = new NetRecorder();
      events.add(recorder);
      all.add(open("n" + i, recorder));
    }
    for (NettyEndpoint from : all) {
      for (NettyEndpoint to : all) {
        if (from != to) {
          from.send(to.node(), at(1), arena.allocateFrom(from.node()));
        }
      }
    }
    for (NetRecorder recorder : events) {
      Set<String> heard = new HashSet<>();
      for (int i = 0; i < count - 1; i++) {
        heard.add(recorder.nextFrame().from());
      }
      assertThat(heard).hasSize(count - 1);
    }
  }

  /** The payload is the sender's again when the call returns, also when the link breaks in it. */
  @Test
  void an_end_that_closes_while_it_is_sent_to_releases_the_sender() throws Exception {
    NettyEndpoint ada = open("ada", atAda);
    for (int round = 0; round < 10; round++) {
      NetRecorder events = new NetRecorder();
      NettyEndpoint peer = open("peer" + round, events);
      String name = peer.node();
      CompletableFuture<Throwable> ended = new CompletableFuture<>();
      Thread.ofPlatform().daemon().start(() -> ended.complete(sendForEver(ada, name)));
      assertThat(events.nextFrame().from()).isEqualTo("ada");
      peer.close();
      assertThat(ended.get(30, TimeUnit.SECONDS)).isInstanceOf(PeerBrokenException.class);
    }
  }

  private static Throwable sendForEver(NettyEndpoint from, String to) {
    try (Arena own = Arena.ofConfined()) {
      MemorySegment payload = own.allocate(3 << 20);
      try {
        for (long step = 1; ; step++) {
          from.send(to, at(step), payload);
        }
      } catch (PeerBrokenException e) {
        return e;
      }
    }
  }

  @Test
  void a_port_is_used_again_at_once_and_one_that_is_taken_is_said() throws Exception {
    NettyEndpoint ada = open("ada", atAda);
    NettyEndpoint bob = open("bob", atBob);
    ada.send("bob", at(1), arena.allocateFrom("x"));
    int port = bob.address().getPort();
    assertThatThrownBy(() -> fabric.open("carl", port, new NetRecorder()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("port " + port);
    bob.close();
    assertThat(atAda.next(Recorder.Broken.class).peer()).isEqualTo("bob");
    NetRecorder later = new NetRecorder();
    fabric.open("bob", port, later);
    assertThat(atAda.next(NetRecorder.Linked.class).peer()).isEqualTo("bob");
    ada.send("bob", at(2), arena.allocateFrom("x"));
    assertThat(later.nextFrame().header()).isEqualTo(at(2));
  }

  @Test
  void a_slow_receiver_holds_up_its_senders_and_no_memory_grows() throws Exception {
    NettyFabric small =
        fabric(
            NetOptions.defaults(RunToken.random())
                .withWindow(4 << 20)
                .withFrames(FabricOptions.defaults().withInbox(64, Duration.ofMillis(200))));
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    NettyEndpoint eve =
        small.open(
            "eve",
            new Receiver() {
              @Override
              public void frame(String from, FrameHeader header, Payload payload) {
                goOn.join();
              }

              @Override
              public void peerBroken(String peer) {}

              @Override
              public void frameCorrupt(String from, FrameHeader header) {}
            });
    NettyEndpoint dan = small.open("dan", new NetRecorder());
    book.put("dan", dan.address());
    book.put("eve", eve.address());
    MemorySegment payload = arena.allocate(1 << 20);
    assertThatThrownBy(
            () -> {
              for (int step = 0; step < 100; step++) {
                dan.send("eve", at(step), payload);
              }
            })
        .isInstanceOf(PeerBrokenException.class)
        .hasMessageContaining("stayed full");
    // A buffer is an eighth larger than its frame at most; one is being delivered beside the
    // window.
    assertThat(small.bufferBytes()).isLessThanOrEqualTo(10L << 20);
    goOn.complete(null);
  }
}
