package dev.redoubt.node;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Adapter;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.Serializer;
import akka.serialization.Serializers;
import dev.redoubt.core.Assignment;
import dev.redoubt.core.Message;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Seat;
import dev.redoubt.core.Span;
import dev.redoubt.core.WorkerId;
import dev.redoubt.digest.Digest;
import java.util.List;

/**
 * What is said when somebody is lost, turned into bytes and back, so that the first time is not the
 * slowest: the serializer looks at each class when it meets it, which takes a tenth of a second on
 * a busy machine. Nothing is sent.
 */
final class WireRehearsal {

  private static final int ROUNDS = 200;
  private static final Digest DIGEST = new Digest(1);
  private static final WorkerId HERE = new WorkerId("here");
  private static final WorkerId THERE = new WorkerId("there");

  private WireRehearsal() {}

  private static List<Wire> words() {
    Rank rank = new Rank(0, 0);
    Assignment assignment = new Assignment(1, 1, List.of(new Seat(rank, HERE)));
    Message.GradientDigest gradient = new Message.GradientDigest(new Span(0, 1), DIGEST);
    return List.of(
        new Wire.ToController(new Message.LinkBroken(HERE, THERE)),
        new Wire.ToWorker(new Message.Prepare(1, assignment, 0, DIGEST, 0, null)),
        new Wire.ToController(new Message.Ready(HERE, 1, 0, DIGEST)),
        new Wire.ToController(new Message.NotReady(HERE, 1, 0, Message.Flaw.MISSING, null)),
        new Wire.ToWorker(new Message.Pull(1, 0, DIGEST, THERE)),
        new Wire.ToController(new Message.Pulled(HERE, 1, 0, DIGEST, THERE, 1, 1)),
        new Wire.ToWorker(new Message.RunStep(1, 1, 0, null)),
        new Wire.ToWorker(
            new Message.Audit(1, 1, new Span(0, 1), DIGEST, List.of(THERE), List.of(HERE))),
        new Wire.ToController(new Message.Summed(HERE, 1, 1)),
        new Wire.ToController(
            new Message.Audited(HERE, 1, 1, new Span(0, 1), true, DIGEST, 1, 1, null)),
        new Wire.ToController(
            new Message.Attested(
                HERE, 1, 1, DIGEST, 0, List.of(gradient), null, List.of(), null, null)));
  }

  /**
   * Does it.
   *
   * @throws IllegalStateException if what comes back is not what was said
   */
  static void run(ActorSystem<?> system) {
    Serialization serialization = SerializationExtension.get(Adapter.toClassic(system));
    List<Wire> words = words();
    for (int round = 0; round < ROUNDS; round++) {
      words.forEach(word -> once(serialization, word));
    }
  }

  private static void once(Serialization serialization, Wire word) {
    Serializer serializer = serialization.findSerializerFor(word);
    byte[] bytes = serializer.toBinary(word);
    Object back =
        serialization
            .deserialize(bytes, serializer.identifier(), Serializers.manifestFor(serializer, word))
            .get();
    if (!back.equals(word)) {
      throw new IllegalStateException("said %s, heard %s".formatted(word, back));
    }
  }
}
