package dev.redoubt.cli.live;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.run.TrainerModels;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioLoader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may see a run and break it, and what those that stall can do. */
@Timeout(120)
class LiveServerTest {

  private static final String FLIP =
      "{\"kind\": \"bit-flip\", \"place\": \"pod1/rank0\", \"node\": \"w1\"}";

  private final LivePage page;
  private final List<Ask> asked = new ArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();

  LiveServerTest(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("shown.yaml"),
            """
            apiVersion: redoubt/v1
            name: shown
            cluster: {pods: 2, spares: 1}
            model: pico
            train: {steps: 9}
            """);
    Scenario scenario = new ScenarioLoader(new TrainerModels()).load(file);
    page = LivePage.open(scenario, Clock.systemUTC(), "127.0.0.1", 0);
    page.accept(this::take);
  }

  private Injections.Answer take(Ask ask) {
    asked.add(ask);
    return ask.node().equals("w1")
        ? new Injections.Answer.Accepted("ui-1")
        : new Injections.Answer.Refused("pod1/rank0 is held by w1 now");
  }

  @AfterEach
  void close() {
    client.close();
    page.close();
  }

  private URI at(String path) {
    return URI.create("http://127.0.0.1:" + page.port() + path);
  }

  private URI inside(String path) {
    return at(page.path() + path);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(
        request.timeout(Duration.ofSeconds(60)).build(), BodyHandlers.ofString(UTF_8));
  }

  private HttpResponse<String> get(URI uri) throws Exception {
    return send(HttpRequest.newBuilder(uri));
  }

  private HttpRequest.Builder post(String body) {
    return HttpRequest.newBuilder(inside("inject"))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  /** The status of the answer to these bytes. */
  private String raw(String request) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      String answer = new String(socket.getInputStream().readNBytes(12), US_ASCII);
      return answer.isEmpty() ? "closed" : answer.substring(9);
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), page.port());
    socket.setSoTimeout(60_000);
    return socket;
  }

  private String request(String method, String path, String headers) {
    return method + " " + path + " HTTP/1.1\r\n" + headers + "\r\n";
  }

  @Test
  void the_page_runs_its_own_script_and_talks_to_nobody_else() throws Exception {
    HttpResponse<String> got = get(inside(""));

    assertThat(got.statusCode()).isEqualTo(200);
    assertThat(got.body()).startsWith("<!doctype html>").doesNotContain("http:", "https:", "src=");
    assertThat(got.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'", "script-src 'sha256-", "connect-src 'self'")
        .doesNotContain("unsafe", "*");
    assertThat(got.headers().firstValue("Referrer-Policy")).contains("no-referrer");
    assertThat(got.headers().firstValue("Cache-Control")).contains("no-store");
    HttpResponse<String> head = send(HttpRequest.newBuilder(inside("")).method("HEAD", noBody()));
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
  }

  private static HttpRequest.BodyPublisher noBody() {
    return HttpRequest.BodyPublishers.noBody();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "events", "state", "inject", "nowhere"})
  void without_the_token_nothing_is_said(String path) throws Exception {
    String wrong = page.path().replaceFirst("/.", page.path().startsWith("/0") ? "/1" : "/0");
    assertThat(get(at("/" + path)).statusCode()).isEqualTo(403);
    assertThat(get(at(wrong + path)).statusCode()).isEqualTo(403);
    assertThat(get(at(page.path().substring(0, 20) + "/" + path)).statusCode()).isEqualTo(403);
    HttpResponse<String> post = send(post(FLIP).uri(at(wrong + path)));
    assertThat(post.statusCode()).isEqualTo(403);
    assertThat(asked).isEmpty();
  }

  @Test
  void every_page_has_a_token_of_its_own() {
    assertThat(page.path()).matches("/[0-9a-f]{32}/");
  }

  @Test
  void a_request_for_another_host_is_refused() throws Exception {
    String path = page.path() + "state";
    assertThat(raw(request("GET", path, "Host: evil.example\r\n"))).isEqualTo("421");
    assertThat(raw(request("GET", path, "Host: 127.0.0.1.evil.example\r\n"))).isEqualTo("421");
    assertThat(raw(request("GET", path, "Host: localhost:1\r\n"))).isEqualTo("200");
    assertThat(raw(request("GET", path, "Host: [::1]\r\n"))).isEqualTo("200");
  }

  @Test
  void another_page_may_ask_for_nothing_even_with_the_token() throws Exception {
    String own = "http://127.0.0.1:" + page.port();
    for (String origin :
        List.of("http://evil.example", "null", "http://127.0.0.1:1", "https" + own)) {
      assertThat(send(post(FLIP).header("Origin", origin)).statusCode()).as(origin).isEqualTo(403);
    }
    HttpRequest.Builder events = HttpRequest.newBuilder(inside("events"));
    assertThat(send(events.header("Origin", "http://evil.example")).statusCode()).isEqualTo(403);
    assertThat(send(post(FLIP).header("Sec-Fetch-Site", "cross-site")).statusCode()).isEqualTo(403);
    assertThat(asked).isEmpty();
    assertThat(send(post(FLIP).header("Origin", own)).statusCode()).isEqualTo(202);
  }

  @Test
  void what_is_malformed_is_refused() throws Exception {
    String path = page.path() + "state";
    assertThat(raw(request("GET", path, ""))).isEqualTo("400");
    assertThat(raw(request("GET", path, "Host: localhost\r\nHost: localhost\r\n")))
        .isEqualTo("400");
    assertThat(raw(request("GET", "http://localhost" + path, "Host: localhost\r\n")))
        .isEqualTo("400");
    assertThat(raw(request("GET", path + "?" + "x".repeat(5000), "Host: localhost\r\n")))
        .isEqualTo("400");
    assertThat(raw(request("GET", path, "Host: localhost\r\nX: " + "x".repeat(9000) + "\r\n")))
        .isEqualTo("400");
    assertThat(raw("nonsense\r\n\r\n")).isEqualTo("400");
  }

  @Test
  void only_what_is_there_can_be_had_and_only_by_its_method() throws Exception {
    assertThat(get(inside("../state")).statusCode()).isIn(403, 404);
    assertThat(get(inside("nowhere")).statusCode()).isEqualTo(404);
    assertThat(get(inside("inject")).statusCode()).isEqualTo(405);
    for (String path : List.of("", "state", "events")) {
      HttpResponse<String> answer = send(post(FLIP).uri(inside(path)));
      assertThat(answer.statusCode()).as(path).isEqualTo(405);
      assertThat(answer.headers().firstValue("Allow").orElseThrow()).startsWith("GET");
    }
    for (String method : List.of("PUT", "DELETE", "OPTIONS", "PATCH")) {
      HttpRequest.Builder request = HttpRequest.newBuilder(inside("inject"));
      assertThat(send(request.method(method, noBody())).statusCode()).as(method).isEqualTo(405);
    }
    assertThat(asked).isEmpty();
  }

  @Test
  void a_fault_is_asked_for_by_post() throws Exception {
    HttpResponse<String> taken = send(post(FLIP));
    HttpResponse<String> refused = send(post(FLIP.replace("w1", "w2")));

    assertThat(taken.statusCode()).isEqualTo(202);
    assertThat(taken.body()).isEqualTo("{\"fault\":\"ui-1\"}");
    assertThat(refused.statusCode()).isEqualTo(409);
    assertThat(refused.body()).isEqualTo("pod1/rank0 is held by w1 now\n");
    assertThat(asked.getFirst()).isEqualTo(new Ask(Ask.Kind.BIT_FLIP, "pod1/rank0", "w1", 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "7",
        "{",
        "{} {}",
        "{\"kind\": \"crash\"}",
        "{\"kind\": \"melt\", \"place\": \"pod1/rank0\", \"node\": \"w1\"}",
        "{\"kind\": \"crash\", \"place\": \"\", \"node\": \"w1\"}",
        "{\"kind\": \"crash\", \"place\": 7, \"node\": \"w1\"}",
        "{\"kind\": \"crash\", \"place\": \"pod1/rank0\", \"node\": \"w1\", \"more\": 1}",
        "{\"kind\": \"crash\", \"kind\": \"pause\", \"place\": \"pod1/rank0\", \"node\": \"w1\"}",
        "{\"kind\": \"pause\", \"place\": \"pod1/rank0\", \"node\": \"w1\", \"seconds\": 1e9}",
        "{\"kind\": \"pause\", \"place\": \"pod1/rank0\", \"node\": \"w1\", \"seconds\": \"1\"}",
        "{\"kind\": \"pause\", \"place\": \"pod1/rank0\", \"node\": \"w1\", \"seconds\": -1}"
      })
  void a_body_that_asks_for_no_fault_is_refused(String body) throws Exception {
    assertThat(send(post(body)).statusCode()).isEqualTo(400);
    assertThat(asked).isEmpty();
  }

  @Test
  void a_body_of_another_type_or_too_long_is_refused() throws Exception {
    HttpRequest.Builder form =
        HttpRequest.newBuilder(inside("inject"))
            .header("Content-Type", "text/plain")
            .POST(HttpRequest.BodyPublishers.ofString(FLIP));
    assertThat(send(form).statusCode()).isEqualTo(415);
    String head =
        "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n";
    assertThat(raw(request("POST", page.path() + "inject", head))).isEqualTo("413");
    assertThat(asked).isEmpty();
  }

  /** Reads a stream of events line by line. */
  private BufferedReader events() throws Exception {
    HttpResponse<InputStream> stream =
        client.send(HttpRequest.newBuilder(inside("events")).build(), BodyHandlers.ofInputStream());
    assertThat(stream.statusCode()).isEqualTo(200);
    assertThat(stream.headers().firstValue("Content-Type")).contains("text/event-stream");
    return new BufferedReader(new InputStreamReader(stream.body(), UTF_8));
  }

  private static String next(BufferedReader events, String name) throws IOException {
    for (String line = events.readLine(); line != null; line = events.readLine()) {
      if (line.equals("event: " + name)) {
        return events.readLine();
      }
    }
    throw new AssertionError("the stream ended before '" + name + "'");
  }

  @Test
  void what_happens_is_streamed_as_it_happens_up_to_the_verdict() throws Exception {
    page.board().event(null, "", "golden-run-ended", "golden digest 9f");
    try (BufferedReader events = events()) {
      assertThat(next(events, "snapshot")).contains("\"scenario\":\"shown\"", "golden digest 9f");
      page.board().event(3, "w1", "fault-struck", "a fault\nstruck w1");
      assertThat(next(events, "event")).contains("\"step\":3", "a fault\\nstruck w1");
      page.board().committed(4, 2.5);
      assertThat(next(events, "loss")).isEqualTo("data: [[4,2.5]]");
      assertThat(next(events, "state")).contains("\"step\":4", "\"phase\":\"training\"");
      page.board().ended("passed", "");
      page.close();
      assertThat(next(events, "state")).contains("\"phase\":\"ended\"", "\"verdict\":\"passed\"");
      assertThat(events.lines().toList()).containsOnly("");
    }
  }

  /** The board is never held up; who does not read is let go, and the others are served. */
  @Test
  void a_client_that_does_not_read_is_let_go() throws Exception {
    try (Socket deaf = connect();
        BufferedReader reader = events()) {
      deaf.getOutputStream()
          .write(request("GET", page.path() + "events", "Host: localhost\r\n").getBytes(US_ASCII));
      assertThat(new String(deaf.getInputStream().readNBytes(12), US_ASCII)).endsWith("200");
      String text = "x".repeat(2000);
      for (int i = 0; i < 6000; i++) {
        page.board().event(i, "w1", "fault-struck", text);
        if (i % 500 == 0) {
          assertThat(next(reader, "event")).contains(text);
        }
      }
      assertThat(readToTheEnd(deaf)).isLessThan(6000L * 2000);
    }
    assertThat(get(inside("state")).statusCode()).isEqualTo(200);
  }

  /** How much there was until the connection ended, however it did. */
  private static long readToTheEnd(Socket socket) {
    byte[] buffer = new byte[64 * 1024];
    long read = 0;
    try {
      for (int n = 0; n >= 0; n = socket.getInputStream().read(buffer)) {
        read += n;
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("reset");
    }
    return read;
  }

  /** Some say nothing, some stop in the middle, some do not read the events they asked for. */
  @Test
  void two_hundred_clients_that_stall_keep_nobody_waiting() throws Exception {
    List<Socket> stalled = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        Socket socket = connect();
        stalled.add(socket);
        String begun =
            switch (i % 3) {
              case 0 -> "";
              case 1 -> "GET " + page.path() + "state HTTP/1.1\r\nHost: loc";
              default -> request("GET", page.path() + "events", "Host: localhost\r\n");
            };
        socket.getOutputStream().write(begun.getBytes(US_ASCII));
      }
      long asking = System.nanoTime();
      assertThat(get(inside("")).statusCode()).isEqualTo(200);
      assertThat(send(post(FLIP)).statusCode()).isEqualTo(202);
      assertThat(Duration.ofNanos(System.nanoTime() - asking)).isLessThan(Duration.ofSeconds(10));
    } finally {
      for (Socket socket : stalled) {
        socket.close();
      }
    }
  }
}
