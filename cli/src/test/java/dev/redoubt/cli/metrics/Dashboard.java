package dev.redoubt.cli.metrics;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** A dashboard, and the JSON that Grafana reads: what all have in common is written here once. */
record Dashboard(String uid, String title, String description, List<Panel> panels) {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
  private static final int COLUMNS = 24;
  private static final int HEIGHT = 8;

  /** What is marked in the graphs of each dashboard, by name. */
  static final Map<String, String> ANNOTATIONS =
      Map.of(
          "Faults",
              "sum by (kind) (changes(redoubt_faults_struck_total{instance=~\"$instance\"}"
                  + "[$__rate_interval])) > 0",
          "Evictions",
              "sum by (pod) (changes(redoubt_evictions_total{instance=~\"$instance\"}"
                  + "[$__rate_interval])) > 0");

  Dashboard {
    panels = List.copyOf(panels);
  }

  /** As it is committed. */
  String json() throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.putNull("id");
    root.put("uid", uid);
    root.put("title", title);
    root.put("description", description);
    root.putArray("tags").add("redoubt");
    root.put("schemaVersion", 39);
    root.put("version", 1);
    root.put("editable", true);
    root.put("graphTooltip", 1);
    root.put("refresh", "5s");
    root.putObject("time").put("from", "now-15m").put("to", "now");
    annotations(root.putObject("annotations").putArray("list"));
    variables(root.putObject("templating").putArray("list"));
    panels(root.putArray("panels"));
    return JSON.writeValueAsString(root) + "\n";
  }

  private static void source(ObjectNode at) {
    at.putObject("datasource").put("type", "prometheus").put("uid", "${datasource}");
  }

  private static void annotations(ArrayNode list) {
    for (String name : List.of("Faults", "Evictions")) {
      ObjectNode annotation = list.addObject();
      annotation.put("name", name);
      source(annotation);
      annotation.put("enable", true);
      annotation.put("iconColor", name.equals("Faults") ? "red" : "orange");
      annotation.put("expr", ANNOTATIONS.get(name));
      annotation.put("titleFormat", name.equals("Faults") ? "Fault: {{kind}}" : "Evicted: {{pod}}");
    }
  }

  private static void variables(ArrayNode list) {
    ObjectNode source = list.addObject();
    source.put("name", "datasource").put("label", "Data source");
    source.put("type", "datasource").put("query", "prometheus");
    ObjectNode instance = list.addObject();
    instance.put("name", "instance").put("label", "Run").put("type", "query");
    source(instance);
    instance.put("query", "label_values(redoubt_run_info, instance)");
    instance.put("refresh", 2).put("includeAll", true).put("multi", true);
    instance.putObject("current").put("text", "All").put("value", "$__all");
  }

  private void panels(ArrayNode list) {
    int x = 0;
    int y = 0;
    for (int at = 0; at < panels.size(); at++) {
      Panel panel = panels.get(at);
      if (x + panel.width() > COLUMNS) {
        x = 0;
        y += HEIGHT;
      }
      ObjectNode node = list.addObject();
      node.put("id", at + 1).put("type", panel.type());
      node.put("title", panel.title()).put("description", panel.description());
      source(node);
      node.putObject("gridPos").put("h", HEIGHT).put("w", panel.width()).put("x", x).put("y", y);
      defaults(node.putObject("fieldConfig"), panel);
      node.putObject("options");
      targets(node.putArray("targets"), panel);
      x += panel.width();
    }
  }

  private static void defaults(ObjectNode config, Panel panel) {
    ObjectNode defaults = config.putObject("defaults");
    defaults.put("unit", panel.unit());
    if (!panel.values().isEmpty()) {
      ObjectNode mapping = defaults.putArray("mappings").addObject();
      mapping.put("type", "value");
      ObjectNode options = mapping.putObject("options");
      panel
          .values()
          .forEach((value, text) -> options.putObject(Integer.toString(value)).put("text", text));
    }
    config.putArray("overrides");
  }

  private static void targets(ArrayNode targets, Panel panel) {
    char id = 'A';
    for (Panel.Query query : panel.queries()) {
      ObjectNode target = targets.addObject();
      target.put("refId", String.valueOf(id++));
      source(target);
      target.put("expr", query.expression()).put("legendFormat", query.legend());
    }
  }
}
