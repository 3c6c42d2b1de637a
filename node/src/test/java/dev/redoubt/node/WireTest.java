package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.Serializers;
import dev.redoubt.core.Assignment;
import dev.redoubt.core.Buddies;
import dev.redoubt.core.Memory;
import dev.redoubt.core.Message;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Seat;
import dev.redoubt.core.Span;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.Digest;
import dev.redoubt.store.net.RunToken;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every message survives the way over the wire, and no kind of message was forgotten. */
class WireTest {

  private static final WorkerId W0 = new WorkerId("w0");
  private static final WorkerId W1 = new WorkerId("w1");
  private static final Digest DIGEST = new Digest(0xFEDCBA9876543210L);
  private static final Assignment ASSIGNMENT =
      new Assignment(3, 8, List.of(new Seat(new Rank(0, 0), W0), new Seat(new Rank(1, 0), W1)));

  private static final Memory MEMORY =
      new Memory(
          3,
          12,
          List.of(W0),
          List.of(W0, W1),
          ASSIGNMENT.seats(),
          List.of(),
          List.of(new WorkerId("w2")),
          8,
          7,
          List.of(new Memory.Agreed(7, 0, DIGEST)),
          List.of(new Memory.Provisional(8, 5.5)),
          List.of(new Memory.Strikes(W1, 1)),
          List.of(new Memory.OnDisk(5, 0, DIGEST, true)),
          1,
          -1);

  private static ActorTestKit kit;

  @BeforeAll
  static void start() throws Exception {
    ActorSystem<Void> system =
        NodeSystems.start(
            Behaviors.empty(),
            "w0",
            List.of("worker"),
            Member.LOOPBACK,
            0,
            false,
            new Credentials(RunToken.random(), null));
    kit = ActorTestKit.create(system);
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  static Stream<Message> messages() {
    return Stream.of(
        new Message.Prepare(3, ASSIGNMENT, 7, DIGEST, 2, MEMORY),
        new Message.Prepare(1, ASSIGNMENT, 0, null, 0, null),
        new Message.Pull(3, 7, DIGEST, W1),
        new Message.Pull(
            3, 7, DIGEST, Buddies.SUMS, List.of(new Message.Part(1, W1, DIGEST, new Digest(2)))),
        new Message.RunStep(3, 8, 7, MEMORY),
        new Message.RunStep(3, 8, 7, null, List.of(new Memory.Agreed(7, 1, DIGEST))),
        new Message.Claim(5),
        new Message.Remember(3, MEMORY),
        new Message.Report(W0, 3, null, null),
        new Message.Report(
            W0,
            3,
            MEMORY,
            new Message.Attested(W0, 3, 8, null, 5.5, List.of(), null, List.of(), null, null)),
        new Message.Remembered(W0, 3, 12),
        new Message.Outdated(W0, 5),
        new Message.Replay(3, 8, null, W1),
        new Message.Audit(3, 8, new Span(2, 4), DIGEST, List.of(W1), List.of()),
        new Message.Audit(3, 8, new Span(2, 4), DIGEST, List.of(W1), List.of(W0, W1)),
        new Message.Keep(3, 7, DIGEST),
        new Message.OnDisk(W0, 7, 0, DIGEST),
        new Message.Finish(3, 60, null),
        new Message.Dismiss(4, "gone"),
        new Message.Join(W0),
        new Message.Ready(W0, 3, 7, DIGEST),
        new Message.Ready(W0, 3, 7, DIGEST, List.of(new Message.Guest(1, 7, DIGEST, null))),
        new Message.Ready(
            W0,
            3,
            7,
            DIGEST,
            List.of(new Message.Guest(0, 7, DIGEST, null, new Message.Sum(DIGEST, new Digest(3))))),
        new Message.NotReady(W0, 3, 7, Message.Flaw.MISSING, null),
        new Message.NotReady(
            W0,
            3,
            7,
            Message.Flaw.CORRUPT,
            DIGEST,
            List.of(new Message.Guest(1, 7, null, Message.PullFlaw.DONOR_GONE))),
        new Message.Pulled(W0, 3, 7, DIGEST, W1, 2, 131072),
        new Message.PullFailed(W0, 3, 7, W1, Message.PullFlaw.DONOR_GONE, "no answer"),
        new Message.PullFailed(
            W0, 3, 7, Buddies.SUMS, Message.PullFlaw.DONOR_CORRUPT, "another root", W1),
        new Message.Attested(
            W0,
            3,
            8,
            DIGEST,
            Double.NaN,
            List.of(new Message.GradientDigest(new Span(0, 4), DIGEST)),
            new Message.Rot(7, DIGEST, new Digest(1)),
            List.of(new Message.StoredDigest(6, DIGEST)),
            "huge",
            "product blocks.0.ffn.up[0,0] of microbatch 3"),
        new Message.Attested(W0, 3, 8, null, 5.5, List.of(), null, List.of(), null, null),
        new Message.Attested(
            W0,
            3,
            8,
            DIGEST,
            5.5,
            List.of(),
            null,
            List.of(),
            null,
            null,
            List.of(new Message.Guest(1, 7, DIGEST, null))),
        new Message.FrameRefused(W0, 3, 8, W1),
        new Message.Trace(3, 8, List.of(new Span(2, 4)), new Message.Question(2, 7, -1)),
        new Message.Traced(
            W0, 3, 8, new Message.Question(2, 7, 1), List.of(1L, -1L), "ffn.up", null),
        new Message.Replayed(W0, 3, 8, null, 0, "donor gone"),
        new Message.Summed(W0, 3, 8),
        new Message.Scanned(W0, 152, null),
        new Message.Scanned(W0, 3, "gate of ones, lanes [3], 9 of 9 runs (persistent)"),
        new Message.Audited(W0, 3, 8, new Span(2, 4), false, DIGEST, 12, 345, null),
        new Message.Audited(W0, 3, 8, new Span(2, 4), true, null, 12, 0, "no donor"),
        new Message.LinkBroken(W0, W1),
        new Message.Final(W0, 3, 60, DIGEST));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void aMessageArrivesAsItWasSent(Message message) throws Exception {
    Wire sent =
        switch (message) {
          case Message.ToWorker order -> new Wire.ToWorker(order);
          case Message.ToController told -> new Wire.ToController(told);
        };
    assertThat(roundTrip(sent)).isEqualTo(sent);
  }

  @Test
  void everyKindOfMessageIsInTheList() {
    Stream<Class<?>> kinds =
        Stream.of(Message.ToWorker.class, Message.ToController.class)
            .flatMap(family -> Stream.of(family.getPermittedSubclasses()));
    assertThat(messages().<Class<?>>map(Message::getClass).distinct())
        .containsExactlyInAnyOrderElementsOf(kinds.toList());
  }

  @Test
  void aHelloCarriesTheActor() throws Exception {
    TestProbe<WorkerActor.Input> probe = kit.createTestProbe();
    Wire.Hello hello = new Wire.Hello(W0, probe.getRef());
    assertThat(roundTrip(hello)).isEqualTo(hello);
  }

  @Test
  void aSpareHearsThatItIsOneAndThatItIsStruck() throws Exception {
    Wire.Struck struck = new Wire.Struck("core", 7);
    assertThat(roundTrip(struck)).isEqualTo(struck);
    assertThat(roundTrip(new Wire.Idle())).isEqualTo(new Wire.Idle());
  }

  private static Object roundTrip(Wire message) throws Exception {
    Serialization serialization = SerializationExtension.get(kit.system());
    byte[] bytes = serialization.serialize(message).get();
    int id = serialization.findSerializerFor(message).identifier();
    String manifest = Serializers.manifestFor(serialization.findSerializerFor(message), message);
    return serialization.deserialize(bytes, id, manifest).get();
  }
}
