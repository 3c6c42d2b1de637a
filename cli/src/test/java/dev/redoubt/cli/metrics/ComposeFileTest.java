package dev.redoubt.cli.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What the compose file mounts and sets is what Prometheus' and Grafana's own files speak of. No
 * Grafana is started here: that its files fit together is all that is shown.
 */
class ComposeFileTest {

  private static final Path ROOT = DashboardsTest.FOLDER.resolveSibling("");
  private static final Path PROVISIONING = DashboardsTest.FOLDER.resolve("grafana/provisioning");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)(?::-([^}]*))?}");

  private static JsonNode yaml(Path file) throws IOException {
    return new ObjectMapper(new YAMLFactory()).readTree(Files.readString(file));
  }

  private static JsonNode service(String name) throws IOException {
    return yaml(ROOT.resolve("docker-compose.yml")).path("services").path(name);
  }

  /** As it is if no variable of the user's is set. */
  private static String expanded(String text, Map<String, String> environment) {
    return VARIABLE
        .matcher(text)
        .replaceAll(
            found -> {
              String otherwise = found.group(2) == null ? "" : found.group(2);
              return Matcher.quoteReplacement(environment.getOrDefault(found.group(1), otherwise));
            });
  }

  private static Path onTheHost(JsonNode service, String inside) {
    for (JsonNode volume : service.path("volumes")) {
      String[] parts = volume.asText().split(":", 3);
      if (inside.startsWith(parts[1] + "/") || inside.equals(parts[1])) {
        assertThat(parts[2]).as("it may only be read").isEqualTo("ro");
        return ROOT.resolve(parts[0]).resolve("." + inside.substring(parts[1].length()));
      }
    }
    throw new AssertionError("nothing is mounted at " + inside);
  }

  @Test
  void prometheus_reads_the_configuration_and_finds_the_newest_run() throws IOException {
    JsonNode prometheus = service("prometheus");
    String config = prometheus.path("command").path(0).asText().replace("--config.file=", "");
    String jobs = "scrape_configs";
    Path file = onTheHost(prometheus, config).normalize();
    String targets =
        yaml(file)
            .path(jobs)
            .path(1)
            .path("file_sd_configs")
            .path(0)
            .path("files")
            .path(0)
            .asText();

    assertThat(file).isRegularFile();
    assertThat(file.resolveSibling(targets).normalize())
        .isEqualTo(ROOT.resolve("runs/latest").resolve(ScrapeTargets.FILE).normalize());
    assertThat(yaml(file).path(jobs).findValuesAsText("job_name"))
        .containsExactly("redoubt", "redoubt-nodes");
  }

  @Test
  void grafana_asks_that_prometheus() throws IOException {
    JsonNode environment = service("grafana").path("environment");
    String port = expanded(environment.path("REDOUBT_PROMETHEUS_PORT").asText(), Map.of());
    JsonNode sources = yaml(PROVISIONING.resolve("datasources/redoubt.yaml")).path("datasources");

    assertThat(sources).hasSize(1);
    assertThat(sources.path(0).path("type").asText()).isEqualTo("prometheus");
    assertThat(sources.path(0).path("uid").asText()).isEqualTo("redoubt-prometheus");
    assertThat(sources.path(0).path("isDefault").asBoolean()).isTrue();
    String listens =
        expanded(service("prometheus").path("command").path(2).asText(), Map.of())
            .replace("--web.listen-address=", "http://");
    assertThat(
            expanded(sources.path(0).path("url").asText(), Map.of("REDOUBT_PROMETHEUS_PORT", port)))
        .isEqualTo(listens);
  }

  @Test
  void grafana_finds_each_dashboard_once() throws IOException {
    JsonNode grafana = service("grafana");
    String folder = grafana.path("environment").path("REDOUBT_DASHBOARDS").asText();
    JsonNode providers = yaml(PROVISIONING.resolve("dashboards/redoubt.yaml")).path("providers");
    assertThat(providers).hasSize(1);
    assertThat(
            expanded(
                providers.path(0).path("options").path("path").asText(),
                Map.of("REDOUBT_DASHBOARDS", folder)))
        .isEqualTo(folder);
    assertThat(onTheHost(grafana, "/etc/grafana/provisioning/datasources/redoubt.yaml"))
        .isRegularFile();

    Set<String> uids = new HashSet<>();
    try (Stream<Path> files = Files.list(onTheHost(grafana, folder))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".json")).toList()) {
        JsonNode dashboard = JsonMapper.builder().build().readTree(file.toFile());
        assertThat(uids.add(dashboard.path("uid").asText())).as(file.toString()).isTrue();
        assertThat(dashboard.at("/templating/list/0/query").asText()).isEqualTo("prometheus");
      }
    }
    assertThat(uids).hasSize(Dashboards.all().size());
  }

  /** Whoever has no account on this host sees nothing. */
  @Test
  void both_listen_on_loopback_only() throws IOException {
    assertThat(List.of(service("prometheus"), service("grafana")))
        .allSatisfy(
            service -> {
              assertThat(service.path("network_mode").asText()).isEqualTo("host");
              assertThat(service.toString()).contains("127.0.0.1").doesNotContain("0.0.0.0");
            });
    assertThat(service("grafana").at("/environment/GF_SERVER_HTTP_ADDR").asText())
        .isEqualTo("127.0.0.1");
  }
}
