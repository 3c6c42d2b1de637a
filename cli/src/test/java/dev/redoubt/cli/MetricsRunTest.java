package dev.redoubt.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.report.ReportWriters;
import dev.redoubt.cli.report.RunReport;
import dev.redoubt.cli.run.ClusterEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run with faults says the same in its metrics as in its report, whoever stalls beside it. */
class MetricsRunTest {

  private static final String SCENARIO =
      """
      apiVersion: redoubt/v1
      name: measured
      seed: 5
      cluster: {pods: 3, spares: 1}
      model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
      data: {sources: [{name: text, from: text.txt}]}
      train: {steps: 12, microbatches: 3, sequenceLength: 16, batchSize: 1}
      faults:
        - id: flip
          at: {step: 3}
          inject: {kind: bit-flip, target: {pod: 1, site: parameters, tensor: head, element: 9, bit: 22}}
        - id: crash
          at: {step: 7}
          inject: {kind: crash, target: {pod: 2}}
      expect: {finalState: golden}
      """;

  private final Path folder;
  private final int port;

  MetricsRunTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(
        folder.resolve("text.txt"), "To be, or not to be, that is a question. ".repeat(99));
    Files.writeString(folder.resolve("measured.yaml"), SCENARIO);
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
  }

  private Cli run(RunEngine engine) {
    return Cli.run(
        engine,
        "run",
        folder.resolve("measured.yaml").toString(),
        "-o",
        folder.resolve("runs").toString(),
        "-q",
        "--metrics-port",
        Integer.toString(port));
  }

  private String scrape() {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
            .timeout(Duration.ofSeconds(20))
            .build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new AssertionError("cannot be scraped", e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  /** The sum of all series of a name whose labels have these in them. */
  private static double value(String scraped, String name, String labels) {
    Matcher line = Pattern.compile("(?m)^" + name + "(\\{[^}]*})? (\\S+)$").matcher(scraped);
    double sum = 0;
    boolean any = false;
    while (line.find()) {
      if (labels.isEmpty() || String.valueOf(line.group(1)).contains(labels)) {
        sum += Double.parseDouble(line.group(2));
        any = true;
      }
    }
    assertThat(any).as(name + labels + " in " + scraped).isTrue();
    return sum;
  }

  @Test
  @Timeout(120)
  void a_run_is_measured_while_two_hundred_clients_stall() throws Exception {
    List<String> scraped = new ArrayList<>();
    List<Socket> stalled = new ArrayList<>();
    Cli ended;
    try {
      ended =
          run(
              (scenario, directory, observer) -> {
                stall(stalled);
                scraped.add(scrape());
                var outcome = new ClusterEngine().run(scenario, directory, observer);
                scraped.add(scrape());
                return outcome;
              });
    } finally {
      for (Socket socket : stalled) {
        socket.close();
      }
    }

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    assertThat(ended.err()).contains("metrics: http://127.0.0.1:" + port + "/metrics");
    assertThat(stalled).hasSize(200);
    RunReport report = ReportWriters.read(folder.resolve("runs/latest").resolve("summary.json"));
    agrees(scraped.getLast(), report);
  }

  private void stall(List<Socket> stalled) {
    try {
      for (int i = 0; i < 200; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        stalled.add(socket);
        socket.getOutputStream().write("GET /metrics HT".substring(0, i % 15).getBytes(US_ASCII));
      }
    } catch (IOException e) {
      throw new AssertionError("no 200 connections", e);
    }
  }

  private static void agrees(String metrics, RunReport report) {
    double loss = Objects.requireNonNull(report.loss()).last();
    assertThat(value(metrics, "redoubt_faults_struck_total", "bit-flip")).isEqualTo(1);
    assertThat(value(metrics, "redoubt_faults_struck_total", "crash")).isEqualTo(1);
    assertThat(value(metrics, "redoubt_faults_found_total", "")).isEqualTo(2);
    assertThat(value(metrics, "redoubt_faults_open", "")).isZero();
    assertThat(value(metrics, "redoubt_detections_total", "state-digest")).isPositive();
    assertThat(value(metrics, "redoubt_detection_latency_seconds_sum", ""))
        .isCloseTo(
            report.faults().stream()
                .mapToDouble(fault -> fault.latencySeconds() == null ? 0 : fault.latencySeconds())
                .sum(),
            Offset.offset(0.001));
    assertThat(value(metrics, "redoubt_recovery_duration_seconds_count", ""))
        .isEqualTo(report.recoveries().size());
    assertThat(value(metrics, "redoubt_goodput_ratio", ""))
        .isCloseTo(Objects.requireNonNull(report.goodput()), Offset.offset(0.001));
    assertThat(value(metrics, "redoubt_newest_steps", "")).isEqualTo(12);
    assertThat(value(metrics, "redoubt_golden_mismatches_total", "")).isZero();
    assertThat(value(metrics, "redoubt_loss_nats", "")).isEqualTo(loss);
    assertThat(value(metrics, "redoubt_loss_golden_nats", "")).isEqualTo(loss);
    assertThat(value(metrics, "redoubt_run_verdict", "completed")).isEqualTo(1);
    assertThat(value(metrics, "redoubt_node_state", "")).isEqualTo(6);
    assertThat(value(metrics, "redoubt_cluster_spares", "")).isZero();
    assertThat(value(metrics, "redoubt_fabric_sent_bytes_total", "")).isPositive();
    assertThat(value(metrics, "redoubt_run_info", "measured")).isEqualTo(1);
  }
}
