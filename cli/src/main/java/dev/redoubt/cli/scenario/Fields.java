package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.redoubt.cli.scenario.ModelCatalog.Dimensions;
import dev.redoubt.cli.scenario.YamlDocument.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The values of a scenario that may be half wrong: a value that the schema refused is absent, so
 * that the checks that need it are skipped and all others still run.
 */
final class Fields {
  private final YamlDocument document;
  private final JsonNode tree;
  private final Set<JsonPointer> bad;
  private final ModelCatalog catalog;
  private final List<Problem> problems = new ArrayList<>();

  Fields(YamlDocument document, JsonNode tree, Set<JsonPointer> bad, ModelCatalog catalog) {
    this.document = document;
    this.tree = tree;
    this.bad = bad;
    this.catalog = catalog;
  }

  ModelCatalog catalog() {
    return catalog;
  }

  List<Problem> problems() {
    return List.copyOf(problems);
  }

  JsonNode node(String pointer) {
    return tree.at(pointer);
  }

  boolean has(String pointer) {
    return !tree.at(pointer).isMissingNode();
  }

  /** Whether the file has it, rather than a default. */
  boolean isGiven(String pointer) {
    return !document.root().at(pointer).isMissingNode();
  }

  OptionalLong integer(String pointer) {
    JsonNode node = sound(pointer);
    return node.isIntegralNumber() || (node.isNumber() && node.canConvertToExactIntegral())
        ? OptionalLong.of(node.asLong())
        : OptionalLong.empty();
  }

  Optional<String> text(String pointer) {
    JsonNode node = sound(pointer);
    return node.isTextual() ? Optional.of(node.asText()) : Optional.empty();
  }

  /** How many elements a list has; 0 if it is not a list. */
  int size(String pointer) {
    JsonNode node = tree.at(pointer);
    return node.isArray() ? node.size() : 0;
  }

  /** The dimensions of the model, preset or inline, if they can be told and trained. */
  Optional<Dimensions> dimensions() {
    return writtenDimensions().filter(written -> catalog.problem(written).isEmpty());
  }

  /** The dimensions as they stand in the file, if they can be told. */
  Optional<Dimensions> writtenDimensions() {
    return ofModel().flatMap(this::withInputs);
  }

  /** What the data say of pictures and sound, the model takes. */
  private Optional<Dimensions> withInputs(Dimensions model) {
    if (!interleaved()) {
      return Optional.of(model);
    }
    OptionalInt patch = smallInteger("/data/imagePatch");
    OptionalInt frame = smallInteger("/data/audioFrame");
    return patch.isEmpty() || frame.isEmpty()
        ? Optional.empty()
        : Optional.of(model.withInputs(patch.getAsInt(), frame.getAsInt()));
  }

  /** Whether a source is of interleaved documents. */
  boolean interleaved() {
    return IntStream.range(0, size("/data/sources")).anyMatch(this::interleaved);
  }

  /** Whether a source is of interleaved documents. */
  boolean interleaved(int source) {
    return text("/data/sources/" + source + "/kind")
        .filter(Scenario.Source.INTERLEAVED::equals)
        .isPresent();
  }

  private Optional<Dimensions> ofModel() {
    Optional<String> preset = text("/model");
    if (preset.isPresent()) {
      return catalog.preset(preset.get()).map(this::withPieces);
    }
    int[] numbers = new int[7];
    String[] keys = {
      "layers", "width", "heads", "headSize", "ffnWidth", "vocabulary", "contextLength"
    };
    for (int i = 0; i < keys.length; i++) {
      OptionalInt number = smallInteger("/model/" + keys[i]);
      if (number.isEmpty()) {
        return Optional.empty();
      }
      numbers[i] = number.getAsInt();
    }
    return Optional.of(
        new Dimensions(
            numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]));
  }

  /** A preset takes the vocabulary of the tokenizer. */
  private Dimensions withPieces(Dimensions preset) {
    OptionalInt pieces = pieces();
    return pieces.isEmpty() ? preset : preset.withVocabulary(pieces.getAsInt());
  }

  /** The vocabulary of SentencePiece; empty if text is cut into bytes. */
  OptionalInt pieces() {
    return text("/data/tokenizer/kind").filter("sentencepiece"::equals).isPresent()
        ? smallInteger("/data/tokenizer/vocabulary")
        : OptionalInt.empty();
  }

  private OptionalInt smallInteger(String pointer) {
    OptionalLong number = integer(pointer);
    return number.isPresent() ? OptionalInt.of((int) number.getAsLong()) : OptionalInt.empty();
  }

  /** Something is wrong with a value; it stands at the value. */
  void wrong(String pointer, String message) {
    JsonPointer at = JsonPointer.compile(pointer);
    put(document.ofValue(at), at, message);
  }

  /** Something is wrong with a key; it stands at the key. */
  void wrongKey(String pointer, String message) {
    JsonPointer at = JsonPointer.compile(pointer);
    put(document.ofKey(at), at, message);
  }

  int lineOfKey(String pointer) {
    return document.ofKey(JsonPointer.compile(pointer)).line();
  }

  private void put(Place place, JsonPointer at, String message) {
    problems.add(new Problem(place.line(), place.column(), YamlDocument.path(at), message));
  }

  private JsonNode sound(String pointer) {
    JsonPointer at = JsonPointer.compile(pointer);
    for (JsonPointer up = at; up != null; up = up.head()) {
      if (bad.contains(up)) {
        return MissingNode.getInstance();
      }
    }
    return tree.at(at);
  }
}
