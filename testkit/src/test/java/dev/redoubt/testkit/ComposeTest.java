package dev.redoubt.testkit;

import static dev.redoubt.testkit.RedoubtAssertions.assertThat;
import static dev.redoubt.testkit.RedoubtAssertions.place;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The compose file as it is: its eight machines take a run that breaks them, one more is killed by
 * hand, and its Prometheus sees every member. No Grafana is started.
 */
@Timeout(600)
class ComposeTest {

  private static final Path ROOT = Path.of(System.getProperty("redoubt.root"));
  private static final String SCENARIO =
      """
      apiVersion: redoubt/v1
      name: composed
      seed: 7
      mode: containers
      cluster: {pods: 3, spares: 3, controllers: 1}
      model: pico
      train: {steps: 120, microbatches: 6, sequenceLength: 32, batchSize: 2}
      timeouts: {joinMillisMax: 180000}
      faults:
        - id: flip
          at: {step: 10}
          inject: {kind: bit-flip, target: {pod: 1, site: parameters, tensor: blocks.0.ffn.up, element: 17, bit: 22}}
        - id: kill
          at: {step: 30}
          inject: {kind: crash, target: {pod: 2}}
        - id: pause
          at: {step: 50}
          inject: {kind: pause, target: {pod: 1}, seconds: 2}
        - id: cut
          at: {step: 70}
          inject: {kind: partition, target: {pod: 0}}
      expect: {finalState: golden}
      """;

  private static List<String> program = List.of();
  private static String prometheus = "";

  private final Path folder;

  /** Others have to be able to read it: Prometheus is a user of its own. */
  ComposeTest(@TempDir Path made) throws IOException {
    folder = open(Files.createDirectories(made.resolve("project")));
    open(made);
  }

  @BeforeAll
  static void images() throws Exception {
    Image.build();
    program = Compose.program();
    prometheus = Image.prometheus();
  }

  private static Path open(Path path) throws IOException {
    return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  /** What the compose file needs, in the places that it expects. Only the run's port is another. */
  private void project(int port) throws IOException {
    Files.copy(ROOT.resolve("docker-compose.yml"), folder.resolve("docker-compose.yml"));
    Path from = ROOT.resolve("dashboards/prometheus");
    Path to = Files.createDirectories(folder.resolve("dashboards/prometheus"));
    Files.copy(from.resolve("redoubt-alerts.yml"), to.resolve("redoubt-alerts.yml"));
    String config = Files.readString(from.resolve("prometheus.yml"));
    assertThat(config).contains("127.0.0.1:9464");
    Files.writeString(
        to.resolve("prometheus.yml"), config.replace("127.0.0.1:9464", "127.0.0.1:" + port));
  }

  @Test
  void composed_machines_take_a_run_that_breaks_them_and_prometheus_sees_every_member()
      throws Exception {
    int port = freePort();
    int prometheusPort = freePort();
    project(port);
    Path runs = open(Files.createDirectories(folder.resolve("runs")));
    Map<String, String> environment =
        Map.of(
            "REDOUBT_IMAGE",
            Image.NAME,
            "REDOUBT_PROMETHEUS_IMAGE",
            prometheus,
            "REDOUBT_PROMETHEUS_PORT",
            Integer.toString(prometheusPort));
    try (Compose compose = Compose.at(program, folder, environment)) {
      compose.up("machine", "prometheus");
      assertThat(compose.containers("machine")).isEqualTo(8);

      ScenarioRun.Going run =
          ScenarioRun.of(Files.writeString(folder.resolve("composed.yaml"), SCENARIO))
              .scrapedAt(port)
              .withEnvironment("REDOUBT_IMAGE", Image.NAME)
              .startIn(runs);
      run.awaitEvent(lost("w0"));
      // The first spare: the scenario's own faults strike none but the first three.
      String machine = run.machineOf("w3");
      assertThat(machine).contains("redoubt-compose-test");
      assertThat(Image.succeeds("docker", "kill", machine)).as("docker kill").isTrue();
      run.awaitEvent(lost("w3"));
      Report report = run.await();

      assertThat(report).passed().endedOnGoldenBits().lostNothing();
      assertThat(report).fault("flip").wasDetectedWithin(1).blamedOn(place(1, 0));
      assertThat(report).fault("kill").wasDetectedWithin(1).wasHandledBy("replaced");
      assertThat(report).fault("pause").struck().wasNotDetected();
      assertThat(report).fault("cut").wasDetected().wasHandledBy("replaced");
      assertThat(report.falseAlarms())
          .as("alarms that no fault of the scenario explains")
          .isPositive();
      assertThat(wereUp(prometheusPort, "redoubt-nodes"))
          .containsExactly("c0", "w0", "w1", "w2", "w3", "w4", "w5");
      assertThat(wereUp(prometheusPort, "redoubt")).as("the run itself").hasSize(1);
    }
  }

  private static String lost(String member) {
    return "\"node\":\"" + member + "\",\"event\":\"worker-lost\"";
  }

  /** Which targets of a job have been scraped at least once. */
  private static Set<String> wereUp(int port, String job) throws Exception {
    String query = "max_over_time(up{job=\"%s\"}[10m]) == 1".formatted(job);
    String address = "http://127.0.0.1:" + port + "/api/v1/query?query=";
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(address + URLEncoder.encode(query, UTF_8)))
              .timeout(Duration.ofSeconds(20))
              .build();
      String body = client.send(request, HttpResponse.BodyHandlers.ofString()).body();
      Set<String> members = new TreeSet<>();
      for (JsonNode series : JsonMapper.builder().build().readTree(body).at("/data/result")) {
        members.add(series.path("metric").path("node").asText());
      }
      return members;
    }
  }
}
