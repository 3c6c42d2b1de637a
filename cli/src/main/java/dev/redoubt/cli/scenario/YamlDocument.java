package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;

/**
 * A YAML text as a tree, with the place of every key and value.
 *
 * @param root the whole tree
 * @param keys where the key of a pointer stands; only for members of maps
 * @param values where the value of a pointer begins
 * @param problems what is wrong with the text itself, such as a duplicate key
 */
record YamlDocument(
    JsonNode root,
    Map<JsonPointer, Place> keys,
    Map<JsonPointer, Place> values,
    List<Problem> problems) {

  /** A line and a column, both counted from 1. */
  record Place(int line, int column) {
    static final Place START = new Place(1, 1);

    static Place of(JsonLocation location) {
      return new Place(Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()));
    }
  }

  /** Where the key stands; what is not in the text stands where its nearest parent does. */
  Place ofKey(JsonPointer pointer) {
    for (JsonPointer at = pointer; at != null; at = at.head()) {
      Place key = keys.get(at);
      if (key != null) {
        return key;
      }
      Place value = values.get(at);
      if (value != null) {
        return value;
      }
    }
    return Place.START;
  }

  /** Where the value begins; what is not in the text stands where its nearest parent does. */
  Place ofValue(JsonPointer pointer) {
    Place value = values.get(pointer);
    return value != null && !root.at(pointer).isContainerNode() ? value : ofKey(pointer);
  }

  /** {@code /faults/1/at/step} as {@code faults[1].at.step}. */
  static String path(JsonPointer pointer) {
    StringBuilder path = new StringBuilder();
    for (JsonPointer at = pointer; !at.matches(); at = at.tail()) {
      if (at.mayMatchElement()) {
        path.append('[').append(at.getMatchingProperty()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(at.getMatchingProperty());
      }
    }
    return path.toString();
  }
}
