package dev.redoubt.cli.metrics;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A panel of a dashboard.
 *
 * @param type of Grafana's panels
 * @param unit of Grafana's units
 * @param width of 24
 * @param values what numbers are shown as; empty if as numbers
 */
record Panel(
    String title,
    String description,
    String type,
    String unit,
    int width,
    List<Query> queries,
    Map<Integer, String> values) {

  /** What is asked, {@code $i} standing for the chosen instances. */
  record Query(String expression, String legend) {
    Query {
      expression = expression.replace("$i", "instance=~\"$instance\"");
    }
  }

  Panel {
    queries = List.copyOf(queries);
    values = new TreeMap<>(values);
  }

  static Panel lines(String title, String description, String unit, Query... queries) {
    return new Panel(title, description, "timeseries", unit, 12, List.of(queries), Map.of());
  }

  static Panel number(String title, String description, String unit, Query... queries) {
    return new Panel(title, description, "stat", unit, 4, List.of(queries), Map.of());
  }

  static Query query(String expression, String legend) {
    return new Query(expression, legend);
  }
}
