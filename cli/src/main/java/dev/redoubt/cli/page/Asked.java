package dev.redoubt.cli.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a scenario asked of each fault, in words, from {@code scenario.resolved.yaml}. */
final class Asked {

  private static final YAMLMapper YAML = new YAMLMapper();

  private Asked() {}

  /** By the fault's id; empty if the text is no scenario. */
  static Map<String, String> of(String scenario) {
    Map<String, String> asked = new LinkedHashMap<>();
    try {
      JsonNode faults = YAML.readTree(scenario).path("faults");
      for (JsonNode fault : faults) {
        asked.put(fault.path("id").asText(), words(fault));
      }
    } catch (JsonProcessingException e) {
      // A page of a run whose scenario somebody damaged still has all that the summary says.
      return Map.of();
    }
    return asked;
  }

  private static String words(JsonNode fault) {
    JsonNode inject = fault.path("inject");
    JsonNode target = inject.path("target");
    List<String> words = new ArrayList<>();
    words.add(
        target.path("controller").asBoolean()
            ? "the controller"
            : "pod" + target.path("pod").asText() + "/rank" + target.path("rank").asText("0"));
    words.add("step " + fault.path("at").path("step").asText());
    words.add(fault.path("at").path("phase").asText("compute"));
    pairs(target, List.of("controller", "pod", "rank"), words);
    pairs(inject, List.of("kind", "target"), words);
    return String.join(", ", words);
  }

  private static void pairs(JsonNode node, List<String> without, List<String> words) {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!without.contains(field.getKey())) {
        JsonNode value = field.getValue();
        words.add(field.getKey() + " " + (value.isValueNode() ? value.asText() : value.toString()));
      }
    }
  }
}
