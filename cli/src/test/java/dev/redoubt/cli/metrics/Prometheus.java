package dev.redoubt.cli.metrics;

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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;

/** A Prometheus of its own, on a free port, with a temporary folder, ended when it is closed. */
public final class Prometheus implements AutoCloseable {

  private static final int SECONDS_MAX = 60;

  private final Process process;
  private final int port;
  private final Path log;
  private final Instant started = Instant.now();
  private final HttpClient client = HttpClient.newHttpClient();

  private Prometheus(Process process, int port, Path log) {
    this.process = process;
    this.port = port;
    this.log = log;
  }

  /** Skips the test where Debian's package is not installed; where CI runs it has to be. */
  public static void needed() {
    boolean there =
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":", -1))
            .anyMatch(
                folder ->
                    Files.isExecutable(Path.of(folder, "prometheus"))
                        && Files.isExecutable(Path.of(folder, "promtool")));
    Assumptions.assumeTrue(
        there || System.getenv("REDOUBT_CI") != null,
        "prometheus and promtool are not on the PATH (Debian's package prometheus)");
  }

  /**
   * Scrapes as the committed configuration says, but twice a second.
   *
   * @param target port of the run
   * @param targets where the run writes who its members are
   */
  public static Prometheus scraping(int target, Path targets, Path folder) throws IOException {
    String committed = Files.readString(DashboardsTest.FOLDER.resolve("prometheus/prometheus.yml"));
    Path config =
        Files.writeString(
            folder.resolve("prometheus.yml"),
            replaced(
                committed,
                Map.of(
                    "scrape_interval: 1s",
                    "scrape_interval: 500ms\n  scrape_timeout: 500ms",
                    "refresh_interval: 1s",
                    "refresh_interval: 250ms",
                    "rule_files: [redoubt-alerts.yml]",
                    "",
                    "127.0.0.1:9464",
                    "127.0.0.1:" + target,
                    "../../runs/latest/targets.json",
                    targets.toString())));
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path log = folder.resolve("prometheus.log");
    Process process =
        new ProcessBuilder(
                "prometheus",
                "--config.file=" + config,
                "--storage.tsdb.path=" + folder.resolve("tsdb"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    return new Prometheus(process, port, log);
  }

  private static String replaced(String text, Map<String, String> others) {
    String result = text;
    for (Map.Entry<String, String> other : others.entrySet()) {
      if (!result.contains(other.getKey())) {
        throw new AssertionError("there is no '" + other.getKey() + "' in " + text);
      }
      result = result.replace(other.getKey(), other.getValue());
    }
    return result;
  }

  /** Asks until there is an answer; fails if that takes too long. */
  public void await(String expression) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    while (System.nanoTime() < deadline && process.isAlive()) {
      try {
        if (!ask("query?query=" + encoded(expression)).at("/data/result").isEmpty()) {
          return;
        }
      } catch (IOException e) {
        // It does not listen yet.
      }
      pause();
    }
    throw new AssertionError("no " + expression + " within " + SECONDS_MAX + " s: " + logged());
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private String logged() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** How many series a query has at any moment since the start, with a number in them. */
  public long series(String expression) throws IOException {
    return found(expression).count();
  }

  /** The values that a label has in those series. */
  public Set<String> values(String label, String expression) throws IOException {
    return found(expression)
        .map(series -> series.path("metric").path(label).asText())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private Stream<JsonNode> found(String expression) throws IOException {
    JsonNode answer =
        ask(
            "query_range?step=0.25&start=%s&end=%s&query=%s"
                .formatted(started, Instant.now(), encoded(expression)));
    if (!answer.path("status").asText().equals("success")) {
      throw new AssertionError(expression + ": " + answer);
    }
    return StreamSupport.stream(answer.path("data").path("result").spliterator(), false)
        .filter(series -> hasNumber(series.path("values")));
  }

  private static boolean hasNumber(JsonNode values) {
    for (JsonNode value : values) {
      if (!value.path(1).asText().equals("NaN")) {
        return true;
      }
    }
    return false;
  }

  private static String encoded(String expression) {
    return URLEncoder.encode(expression, StandardCharsets.UTF_8);
  }

  private JsonNode ask(String what) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1/" + what))
            .timeout(Duration.ofSeconds(20))
            .build();
    try {
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      return JsonMapper.builder().build().readTree(answer.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Runs promtool; what it says goes into the failure if it does not approve. */
  public static void promtool(Path input, String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of("promtool"));
    command.addAll(List.of(args));
    Process tool =
        new ProcessBuilder(command).redirectErrorStream(true).redirectInput(input.toFile()).start();
    String said = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (tool.waitFor() != 0) {
      throw new AssertionError(command + ": " + said);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    client.close();
  }
}
