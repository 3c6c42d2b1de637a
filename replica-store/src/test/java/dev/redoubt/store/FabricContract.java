package dev.redoubt.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every fabric does, whatever carries the bytes. */
abstract class FabricContract {

  static final FrameHeader.Gradient HEADER =
      new FrameHeader.Gradient(3, 15, 4, 8, 1, 2, 3, 1 << 17, 5.5);

  final Arena arena = Arena.ofShared();
  final Recorder atAda = new Recorder();
  final Recorder atBob = new Recorder();
  final Recorder atEve = new Recorder();
  Fabric fabric = make(FabricOptions.defaults());

  /** A new fabric without endpoints. */
  abstract Fabric make(FabricOptions options);

  @AfterEach
  void giveBack() {
    fabric.close();
    arena.close();
  }

  void remake(FabricOptions options) {
    fabric.close();
    fabric = make(options);
  }

  @Test
  void a_frame_arrives_as_it_was_when_it_was_sent() throws Exception {
    Endpoint ada = fabric.open("ada", atAda);
    fabric.open("bob", atBob);
    MemorySegment payload = bytes("gradient");
    ada.send("bob", HEADER, payload);
    payload.fill((byte) 'x');
    assertThat(atBob.next()).isEqualTo(new Recorder.Frame("ada", HEADER, "gradient"));
  }

  /** Whoever computes goes on, while gradients pile up at a peer that does not take them. */
  @Test
  void a_piece_never_waits_and_overtakes_the_frames_that_do() throws Exception {
    remake(FabricOptions.defaults().withInbox(1, Duration.ofMinutes(1)).withPieces(2));
    Gate gate = new Gate();
    fabric.open("bob", gate);
    Endpoint ada = fabric.open("ada", atAda);
    ada.send("bob", at(3, 1), bytes("taken"));
    gate.entered.await();
    ada.send("bob", at(3, 2), bytes("waits"));
    ada.post("bob", piece(1), bytes("one"));
    ada.post("bob", piece(2), bytes("two"));
    assertThatThrownBy(() -> ada.post("bob", piece(3), bytes("too many")))
        .isInstanceOf(PeerBrokenException.class)
        .hasMessage("frame to bob: its inbox of 2 pieces is full");
    awaitArrival(ada);
    gate.open.countDown();
    assertThat(gate.next()).isEqualTo(new Recorder.Frame("ada", at(3, 1), "taken"));
    assertThat(gate.next()).isEqualTo(new Recorder.Frame("ada", piece(1), "one"));
    assertThat(gate.next()).isEqualTo(new Recorder.Frame("ada", piece(2), "two"));
    assertThat(gate.next()).isEqualTo(new Recorder.Frame("ada", at(3, 2), "waits"));
  }

  /** Over a network an answer, even a no, comes after all that was sent before the question. */
  private static void awaitArrival(Endpoint from) {
    assertThatThrownBy(() -> from.digests("bob", 3, 1, Duration.ofSeconds(30)))
        .isInstanceOf(TransferException.class)
        .hasMessage("bob does not keep any version");
  }

  @Test
  void pieces_are_verified_and_fenced_like_frames() throws Exception {
    remake(FabricOptions.defaults().withTap(flipping(FrameHeader.BYTES + 7)));
    fabric.open("bob", atBob);
    fabric.open("ada", atAda).post("bob", piece(1), bytes("activations"));
    assertThat(atBob.next()).isEqualTo(new Recorder.Corrupt("ada"));
    remake(FabricOptions.defaults());
    Endpoint bob = fabric.open("bob", atBob);
    bob.fence(4);
    fabric.open("ada", atAda).post("bob", piece(1), bytes("activations"));
    assertThat(atBob.next()).isEqualTo(new Recorder.Stale("ada", 3));
  }

  static FrameHeader.Piece piece(int collective) {
    return new FrameHeader.Piece(3, 15, 1, 4, collective);
  }

  @Test
  void frames_of_one_sender_arrive_in_order() throws Exception {
    remake(FabricOptions.defaults().withInbox(3, Duration.ofMinutes(1)));
    Endpoint ada = fabric.open("ada", atAda);
    fabric.open("bob", atBob);
    for (int step = 0; step < 500; step++) {
      ada.send("bob", at(3, step), bytes("g" + step));
    }
    for (int step = 0; step < 500; step++) {
      assertThat(atBob.next()).isEqualTo(new Recorder.Frame("ada", at(3, step), "g" + step));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 35, FrameHeader.BYTES, FrameHeader.BYTES + 7})
  void a_bit_flipped_on_the_wire_is_found_wherever_it_is(long at) throws Exception {
    remake(FabricOptions.defaults().withTap(flipping(at)));
    fabric.open("bob", atBob);
    fabric.open("ada", atAda).send("bob", HEADER, bytes("gradient"));
    assertThat(atBob.next()).isEqualTo(new Recorder.Corrupt("ada"));
  }

  /** The counterpart of the test above: what is let through when nobody verifies. */
  @Test
  void without_frame_digests_the_corrupt_payload_is_delivered() throws Exception {
    FabricOptions off = FabricOptions.defaults().withFrameDigests(false);
    remake(off.withTap(flipping(FrameHeader.BYTES)));
    fabric.open("bob", atBob);
    fabric.open("ada", atAda).send("bob", HEADER, bytes("gradient"));
    assertThat(atBob.next()).isEqualTo(new Recorder.Frame("ada", HEADER, "fradient"));
  }

  @Test
  void a_frame_that_is_damaged_on_its_way_does_not_have_its_digest() throws Exception {
    fabric.open("bob", atBob);
    Endpoint ada = fabric.open("ada", atAda);
    ada.damaged("bob", HEADER, bytes("fradient"), bytes("gradient"));
    assertThat(atBob.next()).isEqualTo(new Recorder.Corrupt("ada"));
    ada.damaged("bob", piece(1), bytes("bctivations"), bytes("activations"));
    assertThat(atBob.next()).isEqualTo(new Recorder.Corrupt("ada"));
    ada.damaged("bob", HEADER, bytes("gradient"), bytes("gradient"));
    assertThat(atBob.next()).isEqualTo(new Recorder.Frame("ada", HEADER, "gradient"));
    assertThatThrownBy(() -> ada.damaged("bob", HEADER, bytes("long"), bytes("short")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("5 bytes cannot become 4 on their way");
  }

  @Test
  void nobody_sees_damage_without_frame_digests() throws Exception {
    remake(FabricOptions.defaults().withFrameDigests(false));
    fabric.open("bob", atBob);
    Endpoint ada = fabric.open("ada", atAda);
    ada.damaged("bob", HEADER, bytes("fradient"), bytes("gradient"));
    assertThat(atBob.next()).isEqualTo(new Recorder.Frame("ada", HEADER, "fradient"));
    ada.damaged("bob", piece(1), bytes("bctivations"), bytes("activations"));
    assertThat(atBob.next()).isEqualTo(new Recorder.Frame("ada", piece(1), "bctivations"));
  }

  private static FrameTap flipping(long at) {
    return new FrameTap() {
      @Override
      public Fate frame(String from, String to, MemorySegment wire) {
        wire.set(ValueLayout.JAVA_BYTE, at, (byte) (wire.get(ValueLayout.JAVA_BYTE, at) ^ 1));
        return Fate.DELIVER;
      }
    };
  }

  @Test
  void a_tap_can_drop_a_frame() throws Exception {
    remake(
        FabricOptions.defaults()
            .withTap(
                new FrameTap() {
                  @Override
                  public Fate frame(String from, String to, MemorySegment wire) {
                    return FrameHeader.read(wire).step() == 1 ? Fate.DROP : Fate.DELIVER;
                  }
                }));
    fabric.open("bob", atBob);
    Endpoint ada = fabric.open("ada", atAda);
    ada.send("bob", at(3, 1), bytes("lost"));
    ada.send("bob", at(3, 2), bytes("kept"));
    assertThat(atBob.next()).isEqualTo(new Recorder.Frame("ada", at(3, 2), "kept"));
  }

  @Test
  void a_receiver_that_does_not_take_frames_makes_senders_wait_and_then_fail() throws Exception {
    remake(FabricOptions.defaults().withInbox(1, Duration.ofSeconds(2)));
    Gate gate = new Gate();
    fabric.open("bob", gate);
    Endpoint ada = fabric.open("ada", atAda);
    ada.send("bob", at(3, 1), bytes("taken"));
    gate.entered.await();
    ada.send("bob", at(3, 2), bytes("waits"));
    assertThatThrownBy(() -> ada.send("bob", at(3, 3), bytes("refused")))
        .isInstanceOf(PeerBrokenException.class)
        .hasMessage("frame to bob: its inbox of 1 frames stayed full for PT2S");
    gate.open.countDown();
    assertThat(gate.next()).isEqualTo(new Recorder.Frame("ada", at(3, 1), "taken"));
    assertThat(gate.next()).isEqualTo(new Recorder.Frame("ada", at(3, 2), "waits"));
  }

  @Test
  void a_sender_that_waits_is_released_when_its_peer_breaks_off() throws Exception {
    remake(FabricOptions.defaults().withInbox(1, Duration.ofMinutes(1)));
    Gate gate = new Gate();
    Endpoint bob = fabric.open("bob", gate);
    Endpoint ada = fabric.open("ada", atAda);
    ada.send("bob", at(3, 1), bytes("taken"));
    gate.entered.await();
    ada.send("bob", at(3, 2), bytes("waits"));
    CompletableFuture<Void> third = new CompletableFuture<>();
    Thread sender = Thread.ofPlatform().start(() -> complete(third, ada));
    bob.breakOff();
    assertThatThrownBy(() -> third.get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(PeerBrokenException.class);
    sender.join();
    gate.open.countDown();
    assertThat(atAda.next()).isEqualTo(new Recorder.Broken("bob"));
  }

  private void complete(CompletableFuture<Void> result, Endpoint sender) {
    try {
      sender.send("bob", HEADER, bytes("third"));
      result.complete(null);
    } catch (PeerBrokenException e) {
      result.completeExceptionally(e);
    }
  }

  @Test
  void breaking_off_is_told_to_a_linked_peer_and_ends_sending() throws Exception {
    Endpoint ada = fabric.open("ada", atAda);
    Endpoint bob = fabric.open("bob", atBob);
    ada.send("bob", HEADER, bytes("one"));
    assertThat(atBob.next()).isInstanceOf(Recorder.Frame.class);
    ada.breakOff();
    assertThat(atBob.next()).isEqualTo(new Recorder.Broken("ada"));
    assertThatThrownBy(() -> bob.send("ada", HEADER, bytes("back")))
        .isInstanceOf(PeerBrokenException.class)
        .hasMessage("frame to ada: it is not there");
    assertThatThrownBy(() -> ada.send("bob", HEADER, bytes("more")))
        .isInstanceOf(PeerBrokenException.class)
        .hasMessageStartingWith("frame to bob: ");
  }

  /** Over a network a frame may win the race against the news of its sender. */
  @Test
  void nothing_of_a_peer_is_delivered_after_it_broke_off() throws Exception {
    for (int round = 0; round < 20; round++) {
      Recorder atCarl = new Recorder();
      Endpoint carl = fabric.open("carl" + round, atCarl);
      Endpoint ada = fabric.open("ada" + round, atAda);
      ada.send(carl.node(), at(3, 1), bytes("first"));
      ada.post(carl.node(), piece(1), bytes("second"));
      ada.breakOff();
      Recorder.Event event = atCarl.next();
      while (event instanceof Recorder.Frame) {
        event = atCarl.next();
      }
      assertThat(event).isEqualTo(new Recorder.Broken(ada.node()));
      fabric.open("eve" + round, atEve).send(carl.node(), HEADER, bytes("marker"));
      assertThat(atCarl.next()).isEqualTo(new Recorder.Frame("eve" + round, HEADER, "marker"));
    }
  }

  @Test
  void a_name_is_free_again_after_its_endpoint_broke_off() throws Exception {
    Endpoint ada = fabric.open("ada", atAda);
    assertThatThrownBy(() -> fabric.open("ada", atEve))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("an endpoint named 'ada' is open already");
    ada.close();
    fabric.open("ada", atEve);
    fabric.open("bob", atBob).send("ada", HEADER, bytes("again"));
    assertThat(atEve.next()).isEqualTo(new Recorder.Frame("bob", HEADER, "again"));
  }

  @Test
  void frames_of_an_older_epoch_are_refused_and_the_fence_never_goes_down() throws Exception {
    Endpoint ada = fabric.open("ada", atAda);
    Endpoint bob = fabric.open("bob", atBob);
    bob.fence(4);
    bob.fence(2);
    ada.send("bob", at(3, 1), bytes("old"));
    ada.send("bob", at(4, 1), bytes("new"));
    assertThat(atBob.next()).isEqualTo(new Recorder.Stale("ada", 3));
    assertThat(atBob.next()).isEqualTo(new Recorder.Frame("ada", at(4, 1), "new"));
  }

  @Test
  void a_receiver_that_throws_breaks_its_endpoint_off() throws Exception {
    Thread.UncaughtExceptionHandler former = Thread.getDefaultUncaughtExceptionHandler();
    CompletableFuture<Throwable> reported = new CompletableFuture<>();
    Thread.setDefaultUncaughtExceptionHandler((_, e) -> reported.complete(e));
    try {
      Endpoint ada = fabric.open("ada", atAda);
      fabric.open(
          "bob",
          new Recorder() {
            @Override
            public void frame(String from, FrameHeader header, Payload payload) {
              throw new IllegalStateException("a bug");
            }
          });
      ada.send("bob", HEADER, bytes("one"));
      assertThat(atAda.next()).isEqualTo(new Recorder.Broken("bob"));
      assertThat(reported.get(30, TimeUnit.SECONDS)).hasMessage("a bug");
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(former);
    }
  }

  /** What is kept is not overwritten by what comes later, and goes back once. */
  @Test
  void a_payload_may_be_kept_beyond_the_call_that_brings_it() throws Exception {
    BlockingQueue<Payload> kept = new LinkedBlockingQueue<>();
    Endpoint ada = fabric.open("ada", atAda);
    fabric.open(
        "bob",
        new Recorder() {
          @Override
          public void frame(String from, FrameHeader header, Payload payload) {
            if (header.step() == 1) {
              payload.keep();
            }
            kept.add(payload);
          }
        });
    for (int step = 1; step <= 5; step++) {
      ada.send("bob", at(3, step), bytes("number " + step));
    }
    Payload first = next(kept);
    for (int step = 2; step <= 5; step++) {
      Payload later = next(kept);
      assertThatThrownBy(later::giveBack).isInstanceOf(IllegalStateException.class);
    }
    assertThat(first.bytes().toArray(ValueLayout.JAVA_BYTE))
        .isEqualTo("number 1".getBytes(StandardCharsets.UTF_8));
    assertThat(first.bytes().isReadOnly()).isTrue();
    assertThat(first.isKept()).isTrue();
    assertThatThrownBy(first::keep).isInstanceOf(IllegalStateException.class);
    first.giveBack();
    assertThat(first.isKept()).isFalse();
    assertThatThrownBy(first::giveBack).isInstanceOf(IllegalStateException.class);
  }

  private static Payload next(BlockingQueue<Payload> from) throws InterruptedException {
    return Objects.requireNonNull(from.poll(30, TimeUnit.SECONDS), "nothing arrived");
  }

  @Test
  void what_is_no_payload_is_refused() {
    remake(new FabricOptions(true, 1, 1, Duration.ofSeconds(1), 16, FrameTap.NONE));
    Endpoint ada = fabric.open("ada", atAda);
    fabric.open("bob", atBob);
    assertThatThrownBy(() -> ada.send("bob", HEADER, arena.allocate(17)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("a payload is native memory of at most 16 bytes");
    assertThatThrownBy(() -> ada.send("bob", HEADER, MemorySegment.ofArray(new byte[8])))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void a_closed_fabric_opens_nothing_and_an_unknown_peer_is_broken() {
    Endpoint ada = fabric.open("ada", atAda);
    assertThatThrownBy(() -> ada.send("nobody", HEADER, bytes("x")))
        .isInstanceOf(PeerBrokenException.class)
        .hasMessage("frame to nobody: it is not there");
    fabric.close();
    assertThatThrownBy(() -> fabric.open("bob", atBob))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the fabric is closed");
  }

  /** Holds its first frame until it is opened. */
  static final class Gate extends Recorder {
    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch open = new CountDownLatch(1);

    @Override
    public void frame(String from, FrameHeader header, Payload payload) {
      entered.countDown();
      await(open);
      super.frame(from, header, payload);
    }
  }

  static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static FrameHeader.Gradient at(long epoch, long step) {
    return new FrameHeader.Gradient(epoch, step, 0, 1, 0, 0, 1, 0, 1);
  }

  MemorySegment bytes(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
  }
}
