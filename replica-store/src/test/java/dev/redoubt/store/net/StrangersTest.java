package dev.redoubt.store.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.redoubt.store.FabricOptions;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.FrameTap;
import dev.redoubt.store.NetRecorder;
import dev.redoubt.store.Recorder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever comes to the port is refused for its reason, said once, takes no memory, and does not
 * disturb the two who belong here: ada sends to bob before and after.
 */
class StrangersTest {

  private static final int PAYLOAD_MAX = 1 << 20;
  private static final int FRAMES = 4;
  private static final FrameHeader.Gradient HEADER =
      new FrameHeader.Gradient(3, 15, 4, 8, 1, 0, 1, 0, 5.5);

  private final RunToken token = RunToken.random();
  private final BlockingQueue<Refused> said = new LinkedBlockingQueue<>();
  private final AddressBook book = new AddressBook();
  private final NettyFabric fabric =
      new NettyFabric(
          NetOptions.defaults(token)
              .withTiming(new LinkTiming(Duration.ofMillis(40)))
              .withFrames(
                  new FabricOptions(
                      true, FRAMES, FRAMES, Duration.ofSeconds(10), PAYLOAD_MAX, FrameTap.NONE))
              .withWindow(2 * PAYLOAD_MAX)
              .withRefusals(said::add),
          book);
  private final NetRecorder atBob = new NetRecorder();
  private final NettyEndpoint bob = fabric.open("bob", atBob);
  private final NettyEndpoint ada = fabric.open("ada", new NetRecorder());
  private long buffersBefore;

  @BeforeEach
  void introduce() throws Exception {
    // Before ada can dial, bob knows her.
    book.put("ada", ada.address());
    book.put("bob", bob.address());
    // A member, but nobody listens there.
    book.put("mallory", new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
    assertUndisturbed();
    buffersBefore = fabric.bufferBytes();
  }

  @AfterEach
  void close() {
    fabric.close();
  }

  private void assertUndisturbed() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      ada.send("bob", HEADER, arena.allocateFrom("well"));
    }
    Recorder.Event event = atBob.nextFrame();
    assertThat(event).isEqualTo(new Recorder.Frame("ada", HEADER, "well\0"));
    assertThat(bob.counters().linksBroken()).isZero();
  }

  private Refused nextRefusal() throws InterruptedException {
    return Objects.requireNonNull(said.poll(30, TimeUnit.SECONDS), "nothing was refused");
  }

  private void assertRefused(Refusal refusal, String from) throws Exception {
    Refused next = nextRefusal();
    assertThat(next.refusal()).as(next.toString()).isEqualTo(refusal);
    assertThat(next.from()).isEqualTo(from);
    assertThat(next.node()).isEqualTo("bob");
  }

  private Stranger stranger() throws Exception {
    return new Stranger(bob.address());
  }

  private Stranger mallory() throws Exception {
    return stranger().greet("mallory", Long.MAX_VALUE - 1, "bob", token);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void random_bytes_are_refused_and_said_once(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 100; round++) {
      byte[] bytes = new byte[Prefix.BYTES + random.nextInt(5000)];
      random.nextBytes(bytes);
      try (Stranger stranger = stranger()) {
        stranger.tryWrite(bytes);
        stranger.awaitClosed();
      }
    }
    assertRefused(Refusal.NO_FRAME, "127.0.0.1");
    assertThat(said).isEmpty();
    assertThat(bob.counters().refusedFor(Refusal.NO_FRAME)).isEqualTo(100);
    assertThat(fabric.bufferBytes()).isEqualTo(buffersBefore);
    assertUndisturbed();
  }

  /** A hello in good order with one bit flipped, or cut off, wherever it is. */
  @Test
  void a_hello_with_any_bit_flipped_is_refused() throws Exception {
    byte[] hello;
    try (Stranger stranger = stranger()) {
      hello = stranger.bytes(Kind.HELLO, helloOfMallory(), helloOfMallory().length);
    }
    for (int bit = 0; bit < 8 * hello.length; bit += 7) {
      byte[] flipped = hello.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      try (Stranger stranger = stranger()) {
        stranger.tryWrite(flipped);
        stranger.end();
        stranger.awaitClosed();
      }
    }
    assertThat(bob.counters().linksOpened()).isEqualTo(1);
    assertThat(bob.counters().refused()).isPositive();
    assertThat(fabric.bufferBytes()).isEqualTo(buffersBefore);
    assertUndisturbed();
  }

  private static byte[] helloOfMallory() {
    return new Greeting(
            new Identity("mallory", 5),
            new byte[RunToken.NONCE_BYTES],
            new Identity("bob", 0),
            new byte[RunToken.NONCE_BYTES])
        .hello();
  }

  @Test
  void a_frame_of_another_version_is_refused() throws Exception {
    try (Stranger stranger = stranger()) {
      byte[] hello = stranger.bytes(Kind.HELLO, helloOfMallory(), helloOfMallory().length);
      hello[4] = 9;
      stranger.write(hello);
      stranger.awaitClosed();
    }
    assertRefused(Refusal.OTHER_VERSION, "127.0.0.1");
    assertUndisturbed();
  }

  @Test
  void who_says_nothing_is_shown_the_door_in_time() throws Exception {
    try (Stranger silent = stranger();
        Stranger slow = stranger()) {
      slow.write((byte) 'R');
      silent.awaitClosed();
      slow.awaitClosed();
    }
    assertRefused(Refusal.NO_HELLO, "127.0.0.1");
    assertUndisturbed();
  }

  @Test
  void of_many_who_say_nothing_only_some_are_let_wait() throws Exception {
    List<Stranger> crowd = new ArrayList<>();
    try {
      for (int i = 0; i < 80; i++) {
        crowd.add(stranger());
      }
      assertRefused(Refusal.TOO_MANY, "127.0.0.1");
      assertUndisturbed();
    } finally {
      for (Stranger one : crowd) {
        one.close();
      }
    }
  }

  @Test
  void a_name_that_is_no_member_is_refused() throws Exception {
    try (Stranger stranger = stranger()) {
      assertThat(catchThrowable(() -> stranger.greet("eve", 5, "bob", token)))
          .isInstanceOf(IOException.class);
    }
    assertRefused(Refusal.UNKNOWN_NAME, "127.0.0.1");
    assertUndisturbed();
  }

  @Test
  void who_does_not_know_the_token_is_refused_with_its_proof() throws Exception {
    try (Stranger stranger = stranger()) {
      stranger.frame(Kind.HELLO, helloOfMallory());
      stranger.frame(Kind.PROOF, new byte[RunToken.PROOF_BYTES]);
      stranger.awaitClosed();
    }
    // Its session is wrong already, since that is made of the token, too.
    assertRefused(Refusal.OUT_OF_SEQUENCE, "127.0.0.1");
    assertUndisturbed();
  }

  @Test
  void an_old_incarnation_is_refused() throws Exception {
    try (Stranger stranger = stranger()) {
      assertThat(catchThrowable(() -> stranger.greet("ada", 1, "bob", token)))
          .isInstanceOf(IOException.class);
    }
    assertRefused(Refusal.OLD_INCARNATION, "127.0.0.1");
    assertUndisturbed();
  }

  // Members that do not keep to the protocol.

  @Test
  void a_frame_that_is_repeated_is_refused() throws Exception {
    try (Stranger mallory = mallory()) {
      byte[] beat = mallory.bytes(Kind.HEARTBEAT, new byte[0], 0);
      mallory.write(beat);
      mallory.write(beat);
      mallory.awaitClosed();
    }
    assertRefused(Refusal.OUT_OF_SEQUENCE, "mallory");
    assertThat(atBob.next(Recorder.Broken.class).peer()).isEqualTo("mallory");
  }

  /** All that a real member has said on its connection, said again on another. */
  @Test
  void recorded_bytes_are_worth_nothing() throws Exception {
    byte[] recorded = recordedOfAbe();
    try (Stranger replay = stranger()) {
      replay.tryWrite(recorded);
      replay.end();
      replay.awaitClosed();
    }
    assertRefused(Refusal.OUT_OF_SEQUENCE, "127.0.0.1");
    assertAdaUndisturbed();
  }

  private byte[] recordedOfAbe() throws Exception {
    AddressBook other = new AddressBook();
    try (Recording recording = new Recording(bob.address());
        NettyFabric fabricOfAbe = new NettyFabric(NetOptions.defaults(token), other);
        Arena arena = Arena.ofShared()) {
      NettyEndpoint abe = fabricOfAbe.open("abe", new NetRecorder());
      book.put("abe", abe.address());
      other.put("bob", recording.address());
      abe.send("bob", HEADER, arena.allocateFrom("of abe"));
      assertThat(atBob.nextFrame()).isEqualTo(new Recorder.Frame("abe", HEADER, "of abe\0"));
      abe.close();
      assertThat(atBob.next(Recorder.Broken.class).peer()).isEqualTo("abe");
      return recording.bytes();
    }
  }

  @Test
  void what_is_too_long_is_refused_before_memory_is_taken_for_it() throws Exception {
    byte[] gradient = new byte[Incoming.GRADIENT_BYTES];
    MemorySegment wire = MemorySegment.ofArray(gradient);
    HEADER.write(wire);
    wire.set(
        ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN),
        FrameHeader.BYTES,
        PAYLOAD_MAX + 1L);
    try (Stranger mallory = mallory()) {
      mallory.frame(Kind.GRADIENT, gradient);
      mallory.awaitClosed();
    }
    assertRefused(Refusal.OVERSIZED, "mallory");
    for (Kind kind : List.of(Kind.PIECE, Kind.ASK, Kind.CREDIT, Kind.HEARTBEAT, Kind.DIGESTS)) {
      try (Stranger mallory = mallory()) {
        mallory.tryWrite(mallory.bytes(kind, new byte[0], Integer.MAX_VALUE));
        mallory.awaitClosed();
      }
    }
    assertThat(said).isEmpty();
    assertThat(bob.counters().refusedFor(Refusal.OVERSIZED)).isEqualTo(6);
    assertThat(fabric.bufferBytes()).isEqualTo(buffersBefore);
    assertAdaUndisturbed();
  }

  /** The receiver is stuck, and the peer goes on although it has no credit left. */
  @Test
  void who_sends_more_than_it_was_granted_is_cut_off() throws Exception {
    try (Stranger mallory = mallory()) {
      byte[] piece = new byte[FrameHeader.BYTES + PAYLOAD_MAX / 2];
      for (int i = 0; i < 100; i++) {
        mallory.tryWrite(mallory.bytes(Kind.PIECE, piece, piece.length));
      }
      mallory.awaitClosed();
    }
    // Whatever bob took meanwhile: never more than the window was there at once.
    assertThat(fabric.bufferBytes() - buffersBefore).isLessThanOrEqualTo(4L * 2 * PAYLOAD_MAX);
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13})
  void a_member_that_sends_rubbish_in_good_frames_disturbs_nobody(long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    Kind[] kinds = Kind.values();
    for (int round = 0; round < 60; round++) {
      try (Stranger mallory = mallory()) {
        for (int frame = 0; frame < 10; frame++) {
          byte[] body = new byte[random.nextInt(200)];
          random.nextBytes(body);
          Kind kind = kinds[random.nextInt(kinds.length)];
          mallory.tryWrite(mallory.bytes(kind, body, body.length));
        }
        mallory.end();
        mallory.awaitClosed();
      }
    }
    assertThat(bob.counters().refused()).isPositive();
    assertThat(said.size()).isLessThanOrEqualTo(Refusal.values().length);
    assertThat(fabric.bufferBytes() - buffersBefore).isLessThanOrEqualTo(4L * 2 * PAYLOAD_MAX);
    assertAdaUndisturbed();
  }

  /** As above, when links of others have broken. */
  private void assertAdaUndisturbed() throws Exception {
    try (Arena arena = Arena.ofShared()) {
      ada.send("bob", HEADER, arena.allocateFrom("well"));
    }
    Recorder.Frame frame = atBob.nextFrame();
    while (!frame.from().equals("ada")) {
      frame = atBob.nextFrame();
    }
    assertThat(frame.payload()).isEqualTo("well\0");
    assertThat(ada.counters().linksBroken()).isZero();
  }
}
