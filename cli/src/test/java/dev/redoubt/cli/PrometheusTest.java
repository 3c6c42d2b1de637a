package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.redoubt.cli.metrics.Prometheus;
import dev.redoubt.cli.report.RunOutcome;
import dev.redoubt.cli.run.ClusterEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Prometheus scrapes a real run with faults, and every query of the dashboards and the rules
 * finds something there: a metric that is renamed in one place only turns this red.
 */
class PrometheusTest {

  private static final Path DASHBOARDS =
      Path.of(System.getProperty("redoubt.root", ".."), "dashboards").toAbsolutePath();
  private static final String RULES = DASHBOARDS + "/prometheus/redoubt-alerts.yml";
  private static final int STEPS = 300;

  /** A flip whose machine is evicted, a crash, and a watermark that lags by up to 59 steps. */
  private static final String SCENARIO =
      """
      apiVersion: redoubt/v1
      name: scraped
      seed: 5
      cluster: {pods: 3, spares: 2}
      model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
      data: {sources: [{name: text, from: text.txt}]}
      train: {steps: 300, microbatches: 6, sequenceLength: 64, batchSize: 2}
      redundancy: {scheme: replicas, keepVersions: 61}
      detect: {stateDigest: {every: 60}, strikesToEvict: 1}
      faults:
        - id: flip
          at: {step: 40}
          inject: {kind: bit-flip, target: {pod: 1, site: parameters, tensor: head, element: 9, bit: 22}}
        - id: crash
          at: {step: 90}
          inject: {kind: crash, target: {pod: 2}}
      expect: {finalState: golden}
      """;

  private final Path folder;

  PrometheusTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(
        folder.resolve("text.txt"), "To be, or not to be, that is a question. ".repeat(999));
    Files.writeString(folder.resolve("scraped.yaml"), SCENARIO);
  }

  @BeforeAll
  static void needsPrometheus() {
    Prometheus.needed();
  }

  @Test
  void promtool_approves_of_the_rules() throws Exception {
    Path nothing = Files.createFile(folder.resolve("nothing"));
    Prometheus.promtool(nothing, "check", "rules", RULES);
    Prometheus.promtool(
        nothing, "test", "rules", DASHBOARDS + "/prometheus/redoubt-alerts.test.yml");
    Prometheus.promtool(nothing, "check", "config", DASHBOARDS + "/prometheus/prometheus.yml");
  }

  @Test
  @Timeout(180)
  void every_query_finds_what_it_asks_for() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Map<String, Long> found = new TreeMap<>();
    Path scraped = folder.resolve("scraped.txt");
    try (Prometheus prometheus = Prometheus.scraping(port, folder)) {
      RunEngine engine =
          (scenario, directory, observer) -> {
            prometheus.await("redoubt_run_info", value -> value == 1);
            // A pause to be seen, however much heap there is.
            System.gc();
            RunOutcome outcome = new ClusterEngine().run(scenario, directory, observer);
            prometheus.await("redoubt_newest_steps", value -> value == STEPS);
            prometheus.await("redoubt_run_verdict{verdict=\"completed\"}", value -> value == 1);
            try {
              Files.writeString(scraped, observer.metrics().orElseThrow().scrape());
              for (String query : queries()) {
                found.put(query, prometheus.series(substituted(query)));
              }
            } catch (IOException e) {
              throw new AssertionError(e);
            }
            return outcome;
          };
      Cli ended =
          Cli.run(
              engine,
              "run",
              folder.resolve("scraped.yaml").toString(),
              "-o",
              folder.resolve("runs").toString(),
              "--metrics-port",
              Integer.toString(port));
      assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    }

    found.forEach((query, series) -> System.out.println(series + " series: " + query));
    assertThat(found).hasSizeGreaterThan(50).doesNotContainValue(0L);
    Prometheus.promtool(scraped, "check", "metrics");
  }

  /** Grafana's variables, as Grafana fills them in for all runs and four scrapes. */
  private static String substituted(String query) {
    return query.replace("$__rate_interval", "1s").replace("$instance", ".*");
  }

  private static List<String> queries() throws IOException {
    List<String> queries = new ArrayList<>();
    try (Stream<Path> files = Files.list(DASHBOARDS.resolve("grafana"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".json")).toList()) {
        queriesOf(JsonMapper.builder().build().readTree(file.toFile()), queries);
      }
    }
    queriesOf(
        new ObjectMapper(new YAMLFactory()).readTree(Files.readString(Path.of(RULES))), queries);
    return queries;
  }

  /** Whatever is called an expression, wherever it stands. */
  private static void queriesOf(JsonNode node, List<String> queries) {
    node.findValues("expr").forEach(expression -> queries.add(expression.asText()));
  }
}
