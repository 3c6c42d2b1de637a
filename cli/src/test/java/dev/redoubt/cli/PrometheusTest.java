package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.redoubt.cli.metrics.Prometheus;
import dev.redoubt.cli.metrics.ScrapeTargets;
import dev.redoubt.cli.metrics.Scraping;
import dev.redoubt.cli.report.RunOutcome;
import dev.redoubt.cli.run.ClusterEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Prometheus scrapes two real runs with faults, one in this JVM and one whose members are
 * processes of their own, and every query of the dashboards and the rules finds something there: a
 * metric that is renamed in one place only turns this red.
 */
class PrometheusTest {

  private static final Path DASHBOARDS =
      Path.of(System.getProperty("redoubt.root", ".."), "dashboards").toAbsolutePath();
  private static final String RULES = DASHBOARDS + "/prometheus/redoubt-alerts.yml";

  /** What each member is asked itself. */
  private static final List<String> OF_MEMBERS =
      List.of(
          "up",
          "jvm_memory_used_bytes",
          "process_uptime_seconds",
          "redoubt_versions_bytes",
          "redoubt_member_links",
          "redoubt_member_sent_bytes_total");

  /** A flip whose machine is evicted, a crash, and a watermark that lags by up to 59 steps. */
  private static final String LOCAL =
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

  /** One process stands still for long enough to be seen; later another one is killed. */
  private static final String PROCESSES =
      """
      apiVersion: redoubt/v1
      name: processes
      seed: 6
      mode: processes
      cluster: {pods: 2, controllers: 1}
      model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
      data: {sources: [{name: text, from: text.txt}]}
      train: {steps: 150, microbatches: 6, sequenceLength: 16, batchSize: 1}
      timeouts: {joinMillisMax: 300000, stallMillisMax: 120000}
      faults:
        - id: pause
          at: {step: 50}
          inject: {kind: pause, target: {pod: 0}, seconds: 1.5}
        - id: crash
          at: {step: 100}
          inject: {kind: crash, target: {pod: 1}}
      expect: {finalState: golden}
      """;

  private final Path folder;
  private final Path runs;
  private final Path targets;
  private final int port;

  PrometheusTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(
        folder.resolve("text.txt"), "To be, or not to be, that is a question. ".repeat(999));
    runs = folder.resolve("runs");
    targets = runs.resolve("latest").resolve(ScrapeTargets.FILE);
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
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
  @Timeout(300)
  void every_query_about_a_run_finds_what_it_asks_for() throws Exception {
    Path scraped = folder.resolve("scraped.txt");
    try (Prometheus prometheus = Prometheus.scraping(port, targets, folder)) {
      run(prometheus, LOCAL, scraped, () -> {});
      assertFound(prometheus, queries().stream().filter(query -> !isOfMembers(query)).toList(), 50);
    }
    Prometheus.promtool(scraped, "check", "metrics");
  }

  private static boolean isOfMembers(String query) {
    return query.contains("redoubt_member_") || query.contains("redoubt-nodes");
  }

  @Test
  @Timeout(300)
  void every_query_about_members_finds_each_of_them() throws Exception {
    Path scraped = folder.resolve("scraped.txt");
    List<String> served = Collections.synchronizedList(new ArrayList<>());
    Map<String, Integer> ready = new TreeMap<>();
    try (Prometheus prometheus = Prometheus.scraping(port, targets, folder)) {
      run(
          prometheus,
          PROCESSES,
          scraped,
          () -> {
            if (served.isEmpty()) {
              ready.putAll(health(targets));
            }
            served.add(read(targets));
          });
      assertFound(prometheus, queries().stream().filter(PrometheusTest::isOfMembers).toList(), 9);
      for (String metric : OF_MEMBERS) {
        Set<String> members =
            prometheus.values(
                "node", metric + "{job=\"redoubt-nodes\",instance=\"127.0.0.1:" + port + "\"}");
        System.out.println(metric + " of " + members);
        assertThat(members).as(metric).containsExactly("c0", "w0", "w1");
      }
      assertThat(prometheus.series("up{node=\"w0\"} == 0")).as("it stood still").isEqualTo(1);
    }

    assertThat(ready).isEqualTo(Map.of("c0", 200, "w0", 200, "w1", 200));
    assertThat(served.getFirst()).contains("\"c0\"").contains("\"w1\"");
    assertThat(served.getLast()).contains("\"c0\"").doesNotContain("\"w1\"");
    assertThat(read(targets).strip()).isEqualTo("[ ]");
  }

  private static void assertFound(Prometheus prometheus, List<String> queries, int queriesMin)
      throws IOException {
    Map<String, Long> found = new TreeMap<>();
    for (String query : queries) {
      found.put(query, prometheus.series(substituted(query)));
    }
    found.forEach((query, series) -> System.out.println(series + " series: " + query));
    assertThat(found).hasSizeGreaterThanOrEqualTo(queriesMin).doesNotContainValue(0L);
  }

  /**
   * Runs a scenario, until Prometheus has seen its end.
   *
   * @param scraped where its metrics at the end are written
   * @param look done after each step
   */
  private void run(Prometheus prometheus, String text, Path scraped, Runnable look)
      throws IOException {
    Path file = Files.writeString(folder.resolve("scenario.yaml"), text);
    RunEngine engine =
        (scenario, directory, observer) -> {
          prometheus.await("redoubt_run_info{mode=\"%s\"}".formatted(scenario.mode().word()));
          // A pause to be seen, however much heap there is.
          System.gc();
          RunOutcome outcome =
              new ClusterEngine().run(scenario, directory, new Looking(observer, look));
          prometheus.await("redoubt_newest_steps == " + scenario.train().steps());
          prometheus.await("redoubt_run_verdict{verdict=\"completed\"} == 1");
          try {
            Files.writeString(scraped, observer.metrics().orElseThrow().registry().scrape());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return outcome;
        };
    Cli ended =
        Cli.run(
            engine,
            "run",
            file.toString(),
            "-o",
            runs.toString(),
            "--metrics-port",
            Integer.toString(port));
    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
  }

  /** Looks at each step. */
  private record Looking(RunEngine.Observer observer, Runnable look) implements RunEngine.Observer {
    @Override
    public void step(RunEngine.Progress progress) {
      look.run();
      observer.step(progress);
    }

    @Override
    public void event(RunEngine.Event event) {
      observer.event(event);
    }

    @Override
    public Optional<Scraping> metrics() {
      return observer.metrics();
    }
  }

  /** What each member answers to whoever asks whether it takes part. */
  private static Map<String, Integer> health(Path targets) {
    Map<String, Integer> answers = new TreeMap<>();
    try (HttpClient client = HttpClient.newHttpClient()) {
      for (JsonNode group : JsonMapper.builder().build().readTree(read(targets))) {
        String address = group.path("targets").path(0).asText();
        HttpRequest request =
            HttpRequest.newBuilder(URI.create("http://" + address + "/health/ready"))
                .timeout(Duration.ofSeconds(20))
                .build();
        answers.put(
            group.path("labels").path("node").asText(),
            client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode());
      }
      return answers;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Grafana's variables, as Grafana fills them in for all runs and four scrapes. */
  private static String substituted(String query) {
    return query.replace("$__rate_interval", "2s").replace("$instance", ".*");
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
