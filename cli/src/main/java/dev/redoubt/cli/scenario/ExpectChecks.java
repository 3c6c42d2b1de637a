package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** What a schema cannot say about expectations. */
final class ExpectChecks {
  private static final String FAULTS = "/expect/faults";

  private ExpectChecks() {}

  static void check(Fields fields) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < fields.size("/faults"); i++) {
      fields.text("/faults/" + i + "/id").ifPresent(ids::add);
    }
    JsonNode expected = fields.node(FAULTS);
    List<String> names = new ArrayList<>();
    expected.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      String at = JsonPointer.compile(FAULTS).appendProperty(name).toString();
      if (!ids.contains(name)) {
        String known =
            ids.isEmpty() ? "no fault is injected" : "faults are " + String.join(", ", ids);
        fields.wrongKey(
            at, "names no fault" + Suggestion.didYouMean(name, ids) + " (" + known + ")");
      }
      FaultChecks.worker(fields, at + "/blamed");
      contradiction(fields, at);
    }
  }

  private static void contradiction(Fields fields, String at) {
    JsonNode detected = fields.node(at + "/detected");
    if (!detected.isBoolean() || detected.asBoolean()) {
      return;
    }
    for (String key : List.of("detectedBy", "blamed")) {
      if (fields.has(at + "/" + key)) {
        fields.wrongKey(at + "/" + key, "contradicts detected: false");
      }
    }
  }
}
