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

/**
 * The JSON schema of a kind of file: checks a tree and fills in the defaults.
 *
 * <p>A schema may refer to parts of another one beside it, so that what two kinds of file have in
 * common is said once; such parts are put in place when it is read.
 */
final class FileSchema {
  /** Of scenario files. */
  static final String SCENARIO = "scenario.schema.json";

  /** Of campaign files. */
  static final String CAMPAIGN = "campaign.schema.json";

  private static final String REFERENCE = "$ref";

  private final JsonNode tree;
  private final Schema schema;

  FileSchema(String resource) {
    JsonNode written = read(resource);
    tree = inPlace(written, written);
    SchemaRegistryConfig config =
        SchemaRegistryConfig.builder().pathType(PathType.JSON_POINTER).locale(Locale.ROOT).build();
    schema =
        SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, builder -> builder.schemaRegistryConfig(config))
            .getSchema(tree);
  }

  private static JsonNode read(String resource) {
    try (InputStream stream = FileSchema.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException(resource + " is missing from the jar");
      }
      return new ObjectMapper().readTree(stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * With each part that it refers to, in its file or in another, in its place; what stands beside a
   * reference goes before. So no part may refer to itself.
   */
  private static JsonNode inPlace(JsonNode rules, JsonNode root) {
    if (rules instanceof ArrayNode array) {
      ArrayNode copy = array.arrayNode();
      array.forEach(element -> copy.add(inPlace(element, root)));
      return copy;
    }
    if (!(rules instanceof ObjectNode object)) {
      return rules;
    }
    ObjectNode copy = object.objectNode();
    if (object.path(REFERENCE).isTextual()) {
      copy.setAll(referred(object.path(REFERENCE).asText(), root));
    }
    object.forEachEntry(
        (key, member) -> {
          if (!key.equals(REFERENCE)) {
            copy.set(key, inPlace(member, root));
          }
        });
    return copy;
  }

  private static ObjectNode referred(String reference, JsonNode root) {
    int hash = reference.indexOf('#');
    JsonNode file = hash == 0 ? root : read(reference.substring(0, hash));
    if (inPlace(file.at(reference.substring(hash + 1)), file) instanceof ObjectNode part) {
      return part;
    }
    throw new IllegalStateException("a schema refers to " + reference + ", which is not there");
  }

  List<Error> check(JsonNode file) {
    return schema.validate(file);
  }

  /** The schema that an error came from, or the missing node. */
  JsonNode sourceOf(Error error) {
    String fragment = error.getSchemaLocation().getFragment().toString();
    JsonPointer keyword = JsonPointer.compile(fragment);
    JsonPointer parent = keyword.head();
    return parent == null ? MissingNode.getInstance() : tree.at(parent);
  }

  /** A copy with every default of the schema set, at any depth. */
  JsonNode withDefaults(JsonNode file) {
    JsonNode copy = file.deepCopy();
    fill(copy, tree);
    return copy;
  }

  private void fill(JsonNode node, JsonNode rules) {
    if (node instanceof ArrayNode array) {
      array.forEach(element -> fill(element, rules.path("items")));
    } else if (node instanceof ObjectNode object) {
      for (Map.Entry<String, JsonNode> property : rules.path("properties").properties()) {
        JsonNode member = property.getValue();
        if (!object.has(property.getKey()) && member.has("default")) {
          object.set(property.getKey(), member.get("default").deepCopy());
        }
        fill(object.path(property.getKey()), member);
      }
      if (rules.path("additionalProperties").isObject()) {
        object.forEach(element -> fill(element, rules.path("additionalProperties")));
      }
    }
  }

  /** The rules for the value at a place, or the missing node. */
  JsonNode rulesAt(JsonPointer place) {
    JsonNode rules = tree;
    for (JsonPointer at = place; !at.matches(); at = at.tail()) {
      JsonNode member = rules.path("properties").path(at.getMatchingProperty());
      if (member.isMissingNode()) {
        member = rules.has("items") ? rules.path("items") : rules.path("additionalProperties");
      }
      rules = member;
    }
    return rules;
  }
}
