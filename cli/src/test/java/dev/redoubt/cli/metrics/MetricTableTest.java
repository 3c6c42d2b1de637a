package dev.redoubt.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What stands in the table is well formed, and nothing else can be registered. */
class MetricTableTest {

  @Test
  void a_bad_metric_is_refused_when_it_is_written_down() {
    refused("redoubt.Step", Metric.Type.GAUGE, "", List.of(), "A sentence about it.", "lower-case");
    refused(
        "redoubt.step",
        Metric.Type.GAUGE,
        "millis",
        List.of(),
        "A sentence about it.",
        "base unit");
    refused(
        "redoubt.step",
        Metric.Type.TIMER,
        "seconds",
        List.of(),
        "A sentence about it.",
        "durations");
    refused("redoubt.step.time", Metric.Type.COUNTER, "", List.of("step"), "A sentence.", "no end");
    refused("redoubt.step.time", Metric.Type.COUNTER, "", List.of(), "no sentence", "sentence");
  }

  private static void refused(
      String name, Metric.Type type, String unit, List<String> tags, String help, String why) {
    assertThatThrownBy(() -> new Metric(name, type, unit, tags, help))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name)
        .hasMessageContaining(why);
  }

  @Test
  void what_is_not_in_the_table_cannot_be_registered() {
    Metric stranger =
        new Metric(
            "redoubt.unheard.of", Metric.Type.COUNTER, "", List.of(), "Nobody wrote it down.");
    Metric twin =
        new Metric(
            "redoubt.evictions", Metric.Type.COUNTER, "", List.of("pod", "why"), "Other tags.");
    try (MetricRegistry registry = new MetricRegistry()) {
      assertThatThrownBy(() -> registry.counter(stranger))
          .hasMessageContaining("not in the table of metrics");
      assertThatThrownBy(() -> registry.counter(twin, "pod0", "old"))
          .hasMessageContaining("has the tags [pod]");
      assertThatThrownBy(() -> registry.counter(MetricTable.EVICTIONS))
          .hasMessageContaining("has the tags [pod]");
      assertThatThrownBy(() -> registry.counter(MetricTable.LOSS)).hasMessageContaining("GAUGE");
      assertThatCode(() -> registry.counter(MetricTable.EVICTIONS, "pod0"))
          .doesNotThrowAnyException();
    }
  }

  /** Everything that is registered is in the table under the name that is scraped. */
  @Test
  void each_metric_is_scraped_by_the_name_that_the_table_says() {
    try (MetricRegistry registry = new MetricRegistry()) {
      for (Metric metric : MetricTable.all()) {
        String[] values = metric.tags().stream().map(tag -> "x").toArray(String[]::new);
        if (metric.name().startsWith("redoubt.")) {
          switch (metric.type()) {
            case COUNTER -> registry.counter(metric, values);
            case GAUGE -> registry.level(metric, values);
            case TIMER -> registry.timer(metric, values);
          }
        }
      }
      String scraped = registry.scrape();
      for (Metric metric : MetricTable.all()) {
        boolean ours = metric.name().startsWith("redoubt.");
        // There is none before the first collection.
        if (!metric.name().equals("jvm.gc.pause")) {
          assertThat(scraped)
              .contains("# HELP " + metric.prometheusName() + " " + (ours ? metric.help() : ""));
        }
      }
    }
  }

  @Test
  void the_page_about_metrics_has_them_all() throws IOException {
    String page =
        Files.readString(Path.of(System.getProperty("redoubt.root", ".."), "docs/metrics.md"));
    for (Metric metric : MetricTable.all()) {
      assertThat(page).contains("`" + metric.name() + "`").contains(metric.prometheusName());
    }
  }
}
