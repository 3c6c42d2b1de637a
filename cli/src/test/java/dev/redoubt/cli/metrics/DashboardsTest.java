package dev.redoubt.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The committed dashboards are those of {@link Dashboards}, and whole. */
class DashboardsTest {

  static final Path FOLDER = Path.of(System.getProperty("redoubt.root", ".."), "dashboards");

  static Iterable<Dashboard> dashboards() {
    return Dashboards.all();
  }

  /** To renew them: {@code -Dredoubt.golden.write=true}. */
  @ParameterizedTest
  @MethodSource("dashboards")
  void the_committed_file_is_current(Dashboard dashboard) throws IOException {
    Path file = FOLDER.resolve("grafana").resolve(dashboard.uid() + ".json");
    if (Boolean.getBoolean("redoubt.golden.write")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, dashboard.json());
    }
    assertThat(file).hasContent(dashboard.json());
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void each_panel_is_described_has_a_unit_and_asks_a_templated_source(Dashboard dashboard)
      throws IOException {
    JsonNode root = JsonMapper.builder().build().readTree(dashboard.json());
    Set<String> titles = new HashSet<>();
    Set<String> places = new HashSet<>();
    assertThat(root.path("uid").asText()).matches("redoubt-[a-z]+");
    assertThat(root.path("panels")).isNotEmpty();
    for (JsonNode panel : root.path("panels")) {
      String title = panel.path("title").asText();
      assertThat(titles.add(title)).as(title).isTrue();
      assertThat(places.add(panel.path("gridPos").toString())).as(title).isTrue();
      assertThat(panel.path("description").asText()).as(title).endsWith(".");
      assertThat(panel.path("fieldConfig").path("defaults").path("unit").asText()).isNotEmpty();
      assertThat(panel.path("datasource").path("uid").asText()).isEqualTo("${datasource}");
      assertThat(panel.path("targets")).as(title).isNotEmpty();
      for (JsonNode target : panel.path("targets")) {
        String expression = target.path("expr").asText();
        assertThat(expression).contains("instance=~\"$instance\"").doesNotContain("$i}");
        if (expression.contains("rate(")) {
          assertThat(expression).contains("[$__rate_interval]");
        }
      }
    }
  }
}
