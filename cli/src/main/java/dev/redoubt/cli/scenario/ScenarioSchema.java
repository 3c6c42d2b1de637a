package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.PathType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The JSON schema of scenarios: checks a tree and fills in the defaults. */
final class ScenarioSchema {
  private static final String RESOURCE = "scenario.schema.json";

  private final JsonNode tree;
  private final Schema schema;

  ScenarioSchema() {
    tree = read();
    SchemaRegistryConfig config =
        SchemaRegistryConfig.builder().pathType(PathType.JSON_POINTER).locale(Locale.ROOT).build();
    schema =
        SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, builder -> builder.schemaRegistryConfig(config))
            .getSchema(tree);
  }

  private static JsonNode read() {
    try (InputStream stream = ScenarioSchema.class.getResourceAsStream(RESOURCE)) {
      if (stream == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the jar");
      }
      return new ObjectMapper().readTree(stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Error> check(JsonNode scenario) {
    return schema.validate(scenario);
  }

  /** The schema that an error came from, or the missing node. */
  JsonNode sourceOf(Error error) {
    String fragment = error.getSchemaLocation().getFragment().toString();
    JsonPointer keyword = JsonPointer.compile(fragment);
    JsonPointer parent = keyword.head();
    return parent == null ? MissingNode.getInstance() : tree.at(parent);
  }

  /** A copy with every default of the schema set, at any depth. */
  JsonNode withDefaults(JsonNode scenario) {
    JsonNode copy = scenario.deepCopy();
    fill(copy, tree);
    return copy;
  }

  private void fill(JsonNode node, JsonNode rules) {
    if (node instanceof ArrayNode array) {
      array.forEach(element -> fill(element, resolve(rules.path("items"))));
    } else if (node instanceof ObjectNode object) {
      for (Map.Entry<String, JsonNode> property : rules.path("properties").properties()) {
        JsonNode member = property.getValue();
        if (!object.has(property.getKey()) && member.has("default")) {
          object.set(property.getKey(), member.get("default").deepCopy());
        }
        fill(object.path(property.getKey()), resolve(member));
      }
      if (rules.path("additionalProperties").isObject()) {
        object.forEach(element -> fill(element, resolve(rules.path("additionalProperties"))));
      }
    }
  }

  /** Follows a reference inside the schema. */
  JsonNode resolve(JsonNode rules) {
    JsonNode reference = rules.path("$ref");
    return reference.isTextual() ? tree.at(reference.asText().substring(1)) : rules;
  }

  /** The rules for the value at a place, or the missing node. */
  JsonNode rulesAt(JsonPointer place) {
    JsonNode rules = tree;
    for (JsonPointer at = place; !at.matches(); at = at.tail()) {
      JsonNode member = rules.path("properties").path(at.getMatchingProperty());
      if (member.isMissingNode()) {
        member = rules.has("items") ? rules.path("items") : rules.path("additionalProperties");
      }
      rules = resolve(member);
    }
    return rules;
  }
}
