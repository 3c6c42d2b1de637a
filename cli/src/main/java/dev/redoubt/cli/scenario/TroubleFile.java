package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redoubt.fault.Partition;
import dev.redoubt.fault.Share;
import dev.redoubt.fault.Trouble;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Faults of the network as they stand in {@code inject} of a scenario. */
final class TroubleFile {

  /** Kinds that strike frames one by one, as the file names them. */
  static final List<String> FRAMES =
      List.of(
          Trouble.CorruptFrame.KIND,
          Trouble.Delay.KIND,
          Trouble.Loss.KIND,
          Trouble.Duplicate.KIND,
          Trouble.Reorder.KIND,
          Trouble.SlowLink.KIND);

  /** Kinds that strike a share of them. */
  static final List<String> SHARES =
      List.of(Trouble.Loss.KIND, Trouble.Duplicate.KIND, Trouble.Reorder.KIND);

  /** Kinds that let nothing pass for a while. */
  static final List<String> CUTS = List.of(Trouble.CutFrames.KIND, Trouble.CutControl.KIND);

  private TroubleFile() {}

  static boolean isKind(String kind) {
    return FRAMES.contains(kind) || CUTS.contains(kind);
  }

  /** What every check found right. */
  static Trouble read(JsonNode inject) {
    int steps = inject.path("steps").asInt(1);
    return switch (inject.path("kind").asText()) {
      case Trouble.CorruptFrame.KIND ->
          new Trouble.CorruptFrame(
              ScenarioReader.mask(inject.path("bits")),
              inject.path("element").asLong(0),
              Trouble.Receivers.valueOf(upper(inject, "receivers", "one")),
              inject.path("frames").asInt(1));
      case Trouble.Delay.KIND ->
          new Trouble.Delay(Duration.ofMillis(inject.path("millis").asLong()), steps);
      case Trouble.Loss.KIND -> new Trouble.Loss(share(inject));
      case Trouble.Duplicate.KIND -> new Trouble.Duplicate(share(inject));
      case Trouble.Reorder.KIND -> new Trouble.Reorder(share(inject));
      case Trouble.SlowLink.KIND ->
          new Trouble.SlowLink(inject.path("bytesPerSecond").asLong(), steps);
      case Trouble.CutFrames.KIND -> new Trouble.CutFrames(direction(inject), seconds(inject));
      case Trouble.CutControl.KIND -> new Trouble.CutControl(direction(inject), seconds(inject));
      default -> throw new IllegalArgumentException("no fault of the network: " + inject);
    };
  }

  private static Share share(JsonNode inject) {
    return inject.has("probability")
        ? Share.of(inject.path("probability").asDouble(), inject.path("steps").asInt(1))
        : Share.first(inject.path("count").asInt(1));
  }

  private static Partition.Direction direction(JsonNode inject) {
    return Partition.Direction.valueOf(upper(inject, "direction", "both"));
  }

  private static Duration seconds(JsonNode inject) {
    return Duration.ofNanos(Math.round(inject.path("seconds").asDouble() * 1e9));
  }

  private static String upper(JsonNode inject, String key, String otherwise) {
    return inject.path(key).asText(otherwise).toUpperCase(Locale.ROOT);
  }

  /** The same, with every default. */
  static void write(ObjectNode inject, Trouble trouble) {
    switch (trouble) {
      case Trouble.CorruptFrame corrupt -> {
        ArrayNode bits = inject.putArray("bits");
        for (int bit = 0; bit < Integer.SIZE; bit++) {
          if ((corrupt.mask() >>> bit & 1) == 1) {
            bits.add(bit);
          }
        }
        inject
            .put("element", corrupt.element())
            .put("receivers", lower(corrupt.receivers()))
            .put("frames", corrupt.frames());
      }
      case Trouble.Delay delay ->
          inject.put("millis", delay.length().toMillis()).put("steps", delay.steps());
      case Trouble.Loss loss -> share(inject, loss.share());
      case Trouble.Duplicate twice -> share(inject, twice.share());
      case Trouble.Reorder reorder -> share(inject, reorder.share());
      case Trouble.SlowLink slow ->
          inject.put("bytesPerSecond", slow.bytesPerSecond()).put("steps", slow.steps());
      case Trouble.CutFrames cut -> cut(inject, cut.direction(), cut.length());
      case Trouble.CutControl cut -> cut(inject, cut.direction(), cut.length());
    }
  }

  private static void share(ObjectNode inject, Share share) {
    if (share.count() == Share.ANY) {
      inject.put("probability", share.probability()).put("steps", share.steps());
    } else {
      inject.put("count", share.count());
    }
  }

  private static void cut(ObjectNode inject, Partition.Direction direction, Duration length) {
    inject.put("direction", lower(direction)).put("seconds", length.toNanos() / 1e9);
  }

  private static String lower(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }
}
