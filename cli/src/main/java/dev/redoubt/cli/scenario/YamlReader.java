package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.redoubt.cli.scenario.YamlDocument.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads YAML into a {@link YamlDocument}.
 *
 * <p>An own reader over the parser's tokens, because the object mapper forgets where each value
 * stood. Anchors, aliases and a second document are refused: a file says each thing once.
 */
final class YamlReader {
  private static final YAMLFactory FACTORY = new YAMLFactory();

  private final Map<JsonPointer, Place> keys = new HashMap<>();
  private final Map<JsonPointer, Place> values = new HashMap<>();
  private final List<Problem> problems = new ArrayList<>();

  private YamlReader() {}

  /**
   * Reads a text; what is wrong with it is in the document's problems. Never throws.
   *
   * @param kind of file, for the messages: "scenario"
   */
  static YamlDocument read(String text, String kind) {
    return new YamlReader().document(text, kind);
  }

  private YamlDocument document(String text, String kind) {
    JsonNode root = JsonNodeFactory.instance.missingNode();
    try (YAMLParser parser = FACTORY.createParser(text)) {
      if (parser.nextToken() == null) {
        problem(Place.START, JsonPointer.empty(), "the file is empty, expected a " + kind);
      } else {
        root = value(parser, JsonPointer.empty());
        if (parser.nextToken() != null) {
          Place second = Place.of(parser.currentTokenLocation());
          problem(second, JsonPointer.empty(), "a second document begins, expected only one");
        }
      }
    } catch (JsonProcessingException e) {
      Place place = e.getLocation() == null ? Place.START : Place.of(e.getLocation());
      problem(place, JsonPointer.empty(), "is not YAML: " + firstLine(e.getOriginalMessage()));
      root = JsonNodeFactory.instance.missingNode();
    } catch (IOException e) {
      throw new IllegalStateException("a text in memory cannot fail to be read", e);
    }
    return new YamlDocument(root, Map.copyOf(keys), Map.copyOf(values), List.copyOf(problems));
  }

  private JsonNode value(YAMLParser parser, JsonPointer at) throws IOException {
    Place place = Place.of(parser.currentTokenLocation());
    values.put(at, place);
    if (parser.isCurrentAlias()) {
      problem(place, at, "is an alias (*" + parser.getText() + "), expected the value itself");
    }
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> object(parser, at);
      case START_ARRAY -> array(parser, at);
      case VALUE_TRUE, VALUE_FALSE -> nodes.booleanNode(token == JsonToken.VALUE_TRUE);
      case VALUE_NULL -> nodes.nullNode();
      case VALUE_NUMBER_INT -> nodes.numberNode(parser.getBigIntegerValue());
      case VALUE_NUMBER_FLOAT -> number(parser, at);
      default -> nodes.textNode(parser.getText());
    };
  }

  /** YAML has infinities and NaN, JSON schema has not: they are no numbers here. */
  private JsonNode number(YAMLParser parser, JsonPointer at) throws IOException {
    String text = parser.getText();
    try {
      double value = parser.getDoubleValue();
      if (Double.isFinite(value)) {
        return JsonNodeFactory.instance.numberNode(value);
      }
    } catch (JsonProcessingException e) {
      // The parser takes .nan for a number and then cannot say which: the problem below says it.
    }
    problem(values.getOrDefault(at, Place.START), at, "is " + text + ", expected a finite number");
    return JsonNodeFactory.instance.missingNode();
  }

  private ObjectNode object(YAMLParser parser, JsonPointer at) throws IOException {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      JsonPointer member = at.appendProperty(key);
      Place place = Place.of(parser.currentTokenLocation());
      Place before = keys.get(member);
      parser.nextToken();
      if (before == null) {
        keys.put(member, place);
        JsonNode value = value(parser, member);
        if (!value.isMissingNode()) {
          object.set(key, value);
        }
      } else {
        problem(place, member, "is here twice, first in line " + before.line());
        parser.skipChildren();
      }
    }
    return object;
  }

  private ArrayNode array(YAMLParser parser, JsonPointer at) throws IOException {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      JsonNode value = value(parser, at.appendIndex(array.size()));
      array.add(value.isMissingNode() ? JsonNodeFactory.instance.nullNode() : value);
    }
    return array;
  }

  private void problem(Place place, JsonPointer at, String message) {
    problems.add(new Problem(place.line(), place.column(), YamlDocument.path(at), message));
  }

  private static String firstLine(String message) {
    return message.lines().filter(line -> !line.isBlank()).findFirst().orElse("cannot be parsed");
  }
}
