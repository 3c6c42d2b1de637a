package dev.redoubt.cli.live;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A fault that somebody at the page wants.
 *
 * @param kind of fault
 * @param place that is to be struck: {@code pod0/rank0} or {@code controller}
 * @param node that held it when the button was pressed: another one is not to be struck in its
 *     place
 * @param seconds of a pause or a cut
 */
public record Ask(Kind kind, String place, String node, double seconds) {

  /** What the page can ask for. */
  public enum Kind {
    CRASH,
    PAUSE,
    BIT_FLIP,
    PARTITION;

    /** As in scenario files. */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private static final double SECONDS_MIN = 0.1;
  private static final double SECONDS_MAX = 60;
  private static final int NAME_MAX = 40;
  private static final Set<String> KEYS = Set.of("kind", "place", "node", "seconds");
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonParser.Feature.ALLOW_COMMENTS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /**
   * Reads the body of a request.
   *
   * @throws IllegalArgumentException with what is wrong with it
   */
  static Ask parse(byte[] body) {
    JsonNode root;
    try {
      root = JSON.readTree(body);
    } catch (IOException e) {
      throw new IllegalArgumentException("the body is not JSON", e);
    }
    if (root == null || !root.isObject()) {
      throw new IllegalArgumentException("the body is no JSON object");
    }
    root.fieldNames()
        .forEachRemaining(key -> require(KEYS.contains(key), "there is no \"" + key + "\""));
    JsonNode seconds = root.path("seconds");
    require(seconds.isMissingNode() || seconds.isNumber(), "\"seconds\" is no number");
    double length = seconds.asDouble(1);
    require(
        length >= SECONDS_MIN && length <= SECONDS_MAX,
        "\"seconds\" is not %.1f to %.0f".formatted(SECONDS_MIN, SECONDS_MAX));
    return new Ask(kind(text(root, "kind")), text(root, "place"), text(root, "node"), length);
  }

  private static Kind kind(String word) {
    Optional<Kind> kind =
        Arrays.stream(Kind.values()).filter(one -> one.word().equals(word)).findFirst();
    return kind.orElseThrow(
        () ->
            new IllegalArgumentException(
                "\"kind\" is none of "
                    + Arrays.stream(Kind.values())
                        .map(Kind::word)
                        .collect(Collectors.joining(", "))));
  }

  private static String text(JsonNode root, String key) {
    JsonNode value = root.path(key);
    require(
        value.isTextual() && !value.asText().isBlank() && value.asText().length() <= NAME_MAX,
        "\"" + key + "\" is no short text");
    return value.asText();
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
