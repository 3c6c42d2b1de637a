package dev.redoubt.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.live.LivePage;
import dev.redoubt.cli.run.ClusterEngine;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A fault that is asked for on the live page strikes, is found and mended like one of the plan, and
 * is told of in the stream, in the journal and in the summary.
 */
@Timeout(300)
class UiRunTest {

  private final Path folder;

  /** What was heard of the stream of events. */
  private final CompletableFuture<String> heard = new CompletableFuture<>();

  private final List<HttpResponse<String>> answers = new ArrayList<>();

  UiRunTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(
        folder.resolve("text.txt"), "To be, or not to be, that is a question. ".repeat(99));
  }

  private Path scenario() throws IOException {
    return Files.writeString(
        folder.resolve("played.yaml"),
        """
        apiVersion: redoubt/v1
        name: played
        seed: 5
        cluster: {pods: 3, spares: 1}
        model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
        data: {sources: [{name: text, from: text.txt}]}
        train: {steps: 14, microbatches: 3, sequenceLength: 16, batchSize: 1}
        timeouts: {joinMillisMax: 120000}
        expect: {finalState: golden, falseAlarms: 0}
        """);
  }

  private static URI at(LivePage page, String path) {
    return URI.create("http://127.0.0.1:" + page.port() + page.path() + path);
  }

  private void post(LivePage page, String kind, String place, String node) {
    String body =
        "{\"kind\": \"%s\", \"place\": \"%s\", \"node\": \"%s\"}".formatted(kind, place, node);
    try (HttpClient client = HttpClient.newHttpClient()) {
      answers.add(
          client.send(
              HttpRequest.newBuilder(at(page, "inject"))
                  .timeout(Duration.ofSeconds(60))
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              BodyHandlers.ofString(UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  /** Listens on a thread of its own until the server says that it was all. */
  private void listen(LivePage page) {
    Thread.ofVirtual()
        .start(
            () -> {
              try (HttpClient client = HttpClient.newHttpClient();
                  InputStream stream =
                      client
                          .send(
                              HttpRequest.newBuilder(at(page, "events")).build(),
                              BodyHandlers.ofInputStream())
                          .body()) {
                heard.complete(new String(stream.readAllBytes(), UTF_8));
              } catch (IOException | InterruptedException e) {
                boolean ignored = heard.completeExceptionally(e);
              }
            });
  }

  private Cli run(Path scenario, HandEngine.Hand hand) {
    HandEngine.Hand heard =
        new HandEngine.Hand() {
          @Override
          public void opened(LivePage page) {
            listen(page);
          }

          @Override
          public void at(int step, LivePage page) {
            hand.at(step, page);
          }
        };
    return Cli.run(
        new HandEngine(heard),
        "run",
        scenario.toString(),
        "-o",
        folder.resolve("runs").toString(),
        "--ui",
        "--json");
  }

  private static JsonNode summary(Cli ended) throws IOException {
    return JsonMapper.builder().build().readTree(ended.out());
  }

  private List<String> journal() throws IOException {
    return Files.readAllLines(folder.resolve("runs/latest/journal.jsonl"));
  }

  @Test
  void a_flip_that_is_asked_for_is_found_and_mended_and_no_false_alarm() throws Exception {
    Cli ended =
        run(
            scenario(),
            (step, page) -> {
              if (step == 4) {
                post(page, "bit-flip", "pod1/rank0", "w1");
              }
            });

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    assertThat(ended.err()).contains("live page: http://127.0.0.1:");
    assertThat(answers.getFirst().statusCode()).isEqualTo(202);
    JsonNode summary = summary(ended);
    JsonNode fault = summary.at("/faults/0");
    assertThat(fault.path("id").asText()).isEqualTo("ui-1");
    assertThat(fault.path("struckAtStep").asInt()).isEqualTo(5);
    assertThat(fault.path("evidence").asText()).contains("bit 22 flipped");
    assertThat(fault.path("detectedBy").asText()).isEqualTo("state-digest");
    assertThat(fault.path("blamed").asText()).isEqualTo("pod1/rank0");
    assertThat(fault.path("response").asText()).isEqualTo("repaired");
    assertThat(fault.path("effect").asText()).isEqualTo("corrected");
    assertThat(summary.path("falseAlarms").asInt()).isZero();
    assertThat(summary.path("bitIdentical").asBoolean()).isTrue();
    assertThat(summary.path("expectations").findValuesAsText("id")).contains("faults.ui-1.struck");
    assertThat(journal())
        .anyMatch(line -> line.contains("\"event\":\"fault-asked\"") && line.contains("\"ui-1\""))
        .anyMatch(line -> line.contains("\"event\":\"fault-struck\"") && line.contains("\"ui-1\""))
        .anyMatch(line -> line.contains("\"event\":\"blamed\"") && line.contains("\"w1\""));
    assertThat(heard.get())
        .contains("fault ui-1 was asked for: bit-flip of pod1/rank0 on w1")
        .contains("fault ui-1 struck w1")
        .contains("\"found\":\"state-digest, ")
        .contains("\"verdict\":\"passed\"");
  }

  /** What was played is in the resolved scenario: the same faults in the same steps. */
  @Test
  void what_was_asked_for_can_be_run_again_without_anybody() throws Exception {
    run(
        scenario(),
        (step, page) -> {
          if (step == 3) {
            post(page, "bit-flip", "pod0/rank0", "w0");
          } else if (step == 6) {
            post(page, "crash", "pod2/rank0", "w2");
          }
        });
    Path resolved =
        Files.copy(
            folder.resolve("runs/latest/scenario.resolved.yaml"), folder.resolve("again.yaml"));

    Cli again =
        Cli.run(
            new ClusterEngine(),
            "run",
            resolved.toString(),
            "-o",
            folder.resolve("again").toString(),
            "--json");

    assertThat(again.exitCode()).as(again.out() + again.err()).isZero();
    JsonNode faults = summary(again).path("faults");
    assertThat(faults.findValuesAsText("id")).containsExactly("ui-1", "ui-2");
    assertThat(faults.findValuesAsText("struckAtStep")).containsExactly("4", "7");
    assertThat(faults.findValuesAsText("response")).containsExactly("repaired", "replaced");
  }

  /** They say nothing, or ask for the events and do not read them. */
  @Test
  void two_hundred_clients_that_stall_do_not_hold_up_the_run() throws Exception {
    List<Socket> stalled = new ArrayList<>();
    Cli ended;
    try {
      ended =
          run(
              scenario(),
              (step, page) -> {
                if (step == 2) {
                  stall(page, stalled);
                } else if (step == 6) {
                  post(page, "crash", "pod2/rank0", "w2");
                }
              });
    } finally {
      for (Socket socket : stalled) {
        socket.close();
      }
    }

    assertThat(stalled).hasSize(200);
    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    assertThat(summary(ended).at("/faults/0/response").asText()).isEqualTo("replaced");
  }

  private static void stall(LivePage page, List<Socket> stalled) {
    String events = "GET " + page.path() + "events HTTP/1.1\r\nHost: localhost\r\n\r\n";
    try {
      for (int i = 0; i < 200; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), page.port());
        stalled.add(socket);
        String begun = i % 2 == 0 ? events : events.substring(0, i % 15);
        socket.getOutputStream().write(begun.getBytes(US_ASCII));
      }
    } catch (IOException e) {
      throw new AssertionError("no 200 connections", e);
    }
  }
}
