package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import dev.redoubt.cli.scenario.YamlDocument.Place;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** Turns the schema's errors into sentences with a line. */
final class SchemaProblems {
  /** The schema's own words for what a value must be, where its type does not say it well. */
  private static final String EXPECTED = "$comment";

  private final FileSchema schema;
  private final YamlDocument document;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<JsonPointer> bad = new HashSet<>();

  SchemaProblems(FileSchema schema, YamlDocument document) {
    this.schema = schema;
    this.document = document;
    schema.check(document.root()).forEach(this::add);
  }

  List<Problem> problems() {
    return List.copyOf(problems);
  }

  /** Places whose value cannot be relied on by later checks. */
  Set<JsonPointer> bad() {
    return Set.copyOf(bad);
  }

  private void add(Error error) {
    JsonPointer at = JsonPointer.compile(error.getInstanceLocation().toString());
    String property = Objects.requireNonNullElse(error.getProperty(), "");
    JsonNode source = schema.sourceOf(error);
    switch (error.getKeyword()) {
      case "additionalProperties" -> unknown(at.appendProperty(property), property, source);
      case "required" -> {
        JsonPointer missing = at.appendProperty(property);
        bad.add(missing);
        String wanted = expected(declared(at, property, source));
        put(document.ofKey(at), missing, "is missing, expected " + wanted);
      }
      case "if", "then", "allOf", "$ref" -> {}
      default -> {
        bad.add(at);
        put(document.ofValue(at), at, wrong(document.root().at(at), source, error));
      }
    }
  }

  private void unknown(JsonPointer at, String property, JsonNode source) {
    List<String> known = new ArrayList<>();
    source.path("properties").fieldNames().forEachRemaining(known::add);
    String near = Suggestion.didYouMean(property, known);
    put(
        document.ofKey(at),
        at,
        "is not a known key"
            + near
            + (near.isEmpty() ? "; known are " : " Known are ")
            + String.join(", ", known));
  }

  /** The rules of a missing key; for conditional keys they are beside the condition's target. */
  private JsonNode declared(JsonPointer at, String property, JsonNode source) {
    JsonNode here = source.path("properties").path(property);
    return here.isMissingNode() ? schema.rulesAt(at).path("properties").path(property) : here;
  }

  private String wrong(JsonNode value, JsonNode source, Error error) {
    if (error.getKeyword().equals("enum")) {
      List<String> words = words(source.path("enum"));
      return "is "
          + shown(value)
          + ", expected "
          + oneOf(words)
          + Suggestion.didYouMean(value.asText(), words);
    }
    if (Set.of("minItems", "maxItems").contains(error.getKeyword())) {
      return "has "
          + value.size()
          + " entries, expected "
          + (source.has("minItems") ? "at least " + source.path("minItems") : "any number")
          + (source.has("maxItems") ? ", at most " + source.path("maxItems") : "");
    }
    if (error.getKeyword().equals("maxLength")) {
      return "has "
          + value.asText().length()
          + " characters, expected at most "
          + source.path("maxLength");
    }
    return "is " + shown(value) + ", expected " + expected(source);
  }

  /** What the rules ask for, in words. */
  static String expected(JsonNode rules) {
    if (rules.has(EXPECTED)) {
      return rules.path(EXPECTED).asText();
    }
    if (rules.has("enum")) {
      return oneOf(words(rules.path("enum")));
    }
    if (rules.has("pattern")) {
      return "lower-case letters, digits and hyphens";
    }
    List<String> types =
        rules.path("type").isArray()
            ? words(rules.path("type"))
            : List.of(rules.path("type").asText());
    String type = types.stream().map(SchemaProblems::article).collect(Collectors.joining(" or "));
    return type + range(rules);
  }

  private static String range(JsonNode rules) {
    JsonNode low = rules.path("minimum");
    JsonNode high = rules.path("maximum");
    if (low.isNumber() && high.isNumber()) {
      return " from " + low + " to " + high;
    }
    List<String> limits = new ArrayList<>();
    limit(limits, low, "at least ");
    limit(limits, rules.path("exclusiveMinimum"), "above ");
    limit(limits, high, "at most ");
    limit(limits, rules.path("exclusiveMaximum"), "below ");
    return limits.isEmpty() ? "" : " " + String.join(" and ", limits);
  }

  private static void limit(List<String> limits, JsonNode value, String words) {
    if (value.isNumber()) {
      limits.add(words + value);
    }
  }

  private static String article(String type) {
    return switch (type) {
      case "integer" -> "an integer";
      case "object" -> "a map";
      case "array" -> "a list";
      case "boolean" -> "true or false";
      case "string" -> "a text";
      default -> "a " + type;
    };
  }

  private static String shown(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> "a map";
      case ARRAY -> "a list";
      case NULL, MISSING -> "empty";
      case STRING -> "the text " + shortened(value.toString());
      default -> shortened(value.toString());
    };
  }

  private static String shortened(String text) {
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }

  private static List<String> words(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText).toList();
  }

  private static String oneOf(List<String> words) {
    return words.size() == 1 ? words.getFirst() : "one of " + String.join(", ", words);
  }

  private void put(Place place, JsonPointer at, String message) {
    problems.add(new Problem(place.line(), place.column(), YamlDocument.path(at), message));
  }
}
