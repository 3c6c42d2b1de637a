package dev.redoubt.cli.metrics;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may ask what, and what those that stall can do. */
@Timeout(60)
class MetricServerTest {

  private final MetricRegistry registry = new MetricRegistry();
  private final MetricServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  MetricServerTest() throws IOException {
    server = MetricServer.start(registry, "127.0.0.1", 0);
  }

  @AfterEach
  void close() {
    client.close();
    server.close();
    registry.close();
  }

  private HttpResponse<String> ask(String method, String path)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(Duration.ofSeconds(20))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  /** The first line of the answer to these bytes. */
  private String raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      String answer = new String(socket.getInputStream().readNBytes(12), US_ASCII);
      return answer.isEmpty() ? "closed" : answer.substring(9);
    }
  }

  @Test
  void metrics_are_served_by_get_and_head() throws Exception {
    registry.counter(MetricTable.EVICTIONS, "pod1").increment();

    HttpResponse<String> got = ask("GET", "/metrics");
    HttpResponse<String> head = ask("HEAD", "/metrics");

    assertThat(got.statusCode()).isEqualTo(200);
    assertThat(got.body()).contains("redoubt_evictions_total{pod=\"pod1\"} 1.0\n");
    assertThat(got.headers().firstValue("Content-Type").orElseThrow()).contains("version=0.0.4");
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
  }

  @Test
  void it_is_ready_while_a_training_is_under_way() throws Exception {
    assertThat(ask("GET", "/health/live").statusCode()).isEqualTo(200);
    assertThat(ask("GET", "/health/ready").statusCode()).isEqualTo(503);
    registry.ready(true);
    assertThat(ask("GET", "/health/ready").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE"})
  void nothing_can_be_done_by_another_method(String method) throws Exception {
    HttpResponse<String> answer = ask(method, "/metrics");
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD");
  }

  @Test
  void an_unknown_path_is_not_found() throws Exception {
    assertThat(ask("GET", "/metrics/../secret").statusCode()).isEqualTo(404);
    assertThat(ask("GET", "/").statusCode()).isEqualTo(404);
  }

  @Test
  void a_request_for_another_host_is_refused() throws IOException {
    assertThat(raw("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n")).isEqualTo("421");
    assertThat(raw("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n"))
        .isEqualTo("421");
    assertThat(raw("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")).isEqualTo("200");
  }

  @Test
  void what_is_malformed_is_refused() throws IOException {
    assertThat(raw("GET /metrics HTTP/1.1\r\n\r\n")).isEqualTo("400");
    assertThat(raw("GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n"))
        .isEqualTo("400");
    assertThat(raw("nonsense\r\n\r\n")).isIn("400", "closed");
    assertThat(raw("GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n")).isIn("400", "closed");
  }

  /** Some say nothing, some stop in the middle, some do not read what they asked for. */
  @Test
  void two_hundred_clients_that_stall_keep_nobody_waiting() throws Exception {
    List<Socket> stalled = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        stalled.add(socket);
        String begun =
            switch (i % 3) {
              case 0 -> "";
              case 1 -> "GET /metrics HTTP/1.1\r\nHost: loc";
              default -> "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
            };
        socket.getOutputStream().write(begun.getBytes(US_ASCII));
      }
      long asked = System.nanoTime();
      assertThat(ask("GET", "/metrics").statusCode()).isEqualTo(200);
      assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(10));
    } finally {
      for (Socket socket : stalled) {
        socket.close();
      }
    }
  }
}
