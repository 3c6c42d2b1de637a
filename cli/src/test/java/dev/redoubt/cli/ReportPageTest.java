package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.redoubt.cli.page.Chromium;
import dev.redoubt.cli.run.ClusterEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

/**
 * The pages of a real run, a real campaign and a real comparison, in a real browser. Their pictures
 * are in {@code target/report-pages}.
 */
@Timeout(600)
class ReportPageTest {

  private static final String MODEL =
      """
      model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
      data: {sources: [{name: text, from: text.txt}]}
      """;
  private static final String RUN =
      """
      apiVersion: redoubt/v1
      name: pictured
      seed: 5
      cluster: {pods: 3, spares: 1}
      train: {steps: 24, microbatches: 3, sequenceLength: 16, batchSize: 1}
      faults:
        - id: crash
          at: {step: 8}
          inject: {kind: crash, target: {pod: 1}}
        - id: flip
          at: {step: 16}
          inject: {kind: bit-flip, target: {pod: 0, site: parameters, tensor: head, element: 9, bit: 22}}
      expect: {finalState: golden, falseAlarms: 0}
      """;
  private static final String CAMPAIGN =
      """
      apiVersion: redoubt/v1
      name: mapped
      seed: 11
      cluster: {pods: 3}
      train: {steps: 9, microbatches: 6, sequenceLength: 8, batchSize: 1}
      injections: 60
      strikes: {fromStep: 4, stepsAfter: 2}
      strata:
        - class: memory
        - {class: update, sites: [parameters]}
      arms:
        all: {}
        blind: {stateDigest: false, screens: false}
      noFault: {steps: 20}
      """;

  /** Counts the pixels of each chart that something was drawn on, and the colours among them. */
  private static final String INK =
      """
      return [...document.querySelectorAll(".chart canvas")].map(canvas => {
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        const colours = new Set();
        let ink = 0;
        for (let i = 0; i < pixels.length; i += 4) {
          if (pixels[i + 3] > 0) {
            ink++;
            colours.add(pixels[i] + "," + pixels[i + 1] + "," + pixels[i + 2]);
          }
        }
        return [ink, colours.size];
      });
      """;

  /** Counts what can be seen of some elements. */
  private static final String WIDE =
      """
      return [...document.querySelectorAll(arguments[0])]
        .filter(it => it.getBoundingClientRect().width > 8).length;
      """;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PICTURES = Path.of("target/report-pages");

  private static Path folder = Path.of(".");
  private static final List<Chromium> BROWSER = new ArrayList<>();

  @BeforeAll
  static void pages(@TempDir Path made) throws IOException {
    folder = made;
    Chromium.isNeeded();
    Files.writeString(
        folder.resolve("text.txt"), "To be, or not to be, that is a question. ".repeat(99));
    for (String name : List.of("one", "two")) {
      Path scenario = Files.writeString(folder.resolve("run.yaml"), RUN + MODEL);
      Cli run =
          Cli.run(
              new ClusterEngine(),
              Clock.systemUTC(),
              "run",
              scenario + "",
              "-o",
              at(name) + "",
              "-q");
      assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
    }
    Path campaign = Files.writeString(folder.resolve("campaign.yaml"), CAMPAIGN + MODEL);
    Cli ended = Cli.run("campaign", campaign + "", "-o", at("campaigns") + "", "-q");
    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    Cli compared =
        Cli.run(
            "compare",
            at("one/latest") + "",
            at("two/latest") + "",
            "--html",
            page("comparison") + "");
    assertThat(compared.exitCode()).as(compared.out() + compared.err()).isZero();
    BROWSER.add(Chromium.start());
  }

  @AfterAll
  static void quit() {
    BROWSER.forEach(Chromium::close);
  }

  private static Path at(String name) {
    return folder.resolve(name);
  }

  private static Path page(String what) {
    return switch (what) {
      case "run" -> at("one/latest/report.html");
      case "campaign" -> at("campaigns/latest/report.html");
      default -> at("comparison.html");
    };
  }

  private static Chromium browser() {
    return BROWSER.getFirst();
  }

  private static Object dom(String expression) {
    return browser().run("return " + expression + ";");
  }

  @ParameterizedTest
  @CsvSource({
    "run,390,light", "run,390,dark", "run,1280,light", "run,1280,dark",
    "campaign,390,light", "campaign,390,dark", "campaign,1280,light", "campaign,1280,dark",
    "comparison,390,dark", "comparison,1280,light"
  })
  void a_page_is_whole_and_asks_nobody(String what, int width, String scheme) throws IOException {
    Path page = page(what);

    browser().screen(width, scheme).open(page);

    assertThat(browser().requests()).containsExactly(page.toUri().toString());
    assertThat(browser().console()).isEmpty();
    assertThat(dom("performance.getEntriesByType('resource').length")).isEqualTo(0L);
    assertThat((Long) dom("document.documentElement.scrollWidth"))
        .as("width of what is shown")
        .isLessThanOrEqualTo(width);
    assertThat(dom("getComputedStyle(document.body).backgroundColor"))
        .isEqualTo(scheme.equals("dark") ? "rgb(20, 24, 29)" : "rgb(255, 255, 255)");
    assertDrawn(what);
    browser().shoot(PICTURES.resolve(what + "-" + width + "-" + scheme + ".png"));
  }

  /** A chart has an axis, a grid and lines; what is not there has no ink. */
  private static void assertDrawn(String what) {
    List<?> charts = (List<?>) browser().run(INK);
    assertThat(charts).hasSize(what.equals("campaign") ? 0 : 2);
    for (Object chart : charts) {
      assertThat((Long) ((List<?>) chart).get(0)).as("pixels with ink").isGreaterThan(1000);
      assertThat((Long) ((List<?>) chart).get(1)).as("colours").isGreaterThan(3);
    }
    String shapes =
        switch (what) {
          case "run" -> "#machines .lane rect";
          case "campaign" -> ".heat td[title]";
          default -> "#time .lane rect";
        };
    assertThat((Long) browser().run(WIDE, shapes)).as(shapes).isGreaterThan(3);
  }

  @Test
  void the_page_of_a_run_says_what_its_summary_says() throws IOException {
    browser().screen(1280, "light").open(page("run"));
    JsonNode summary = JSON.readTree(at("one/latest/summary.json").toFile());

    JsonNode useful = summary.path("ledgerSeconds").path("useful");
    assertThat(dom("document.querySelector('#time tbody td').innerText"))
        .isEqualTo("%.3f".formatted(useful.asDouble()));
    assertThat(dom("document.querySelectorAll('#expectations tbody tr').length"))
        .isEqualTo((long) summary.path("expectations").size());
    assertThat(dom("document.querySelector('h1').innerText").toString()).contains("passed");
    assertThat(dom("document.querySelector('#loss').innerText").toString())
        .contains("Every loss is that of the golden run, to the last bit");
    JsonNode charts = JSON.readTree((String) dom("document.getElementById('data').textContent"));
    JsonNode losses = charts.path(0).path("lines").path(1).path("values");
    assertThat(losses).hasSize(24);
    assertThat(losses.path(23)).isEqualTo(summary.path("loss").path("last"));
    assertThat(charts.path(0).path("marks"))
        .extracting(mark -> mark.path("x").asInt(), mark -> mark.path("text").asText())
        .containsExactly(tuple(8, "crash"), tuple(16, "flip"));
    assertThat(dom("document.querySelectorAll('#recovery table:first-of-type tbody tr').length"))
        .isEqualTo(2L);
    assertThat(charts.path(1).path("lines").path(0).path("values"))
        .extracting(JsonNode::asDouble)
        .allMatch(seconds -> seconds > 0);
    assertThat(lane("w1")).isEqualTo("holds pod1/rank0, lost, killed or taken off");
    assertThat(lane("w3")).isEqualTo("stands by, holds pod1/rank0");
  }

  /** What a machine was, in order. */
  private static String lane(String node) {
    Object label =
        dom("document.querySelector('#machines svg[aria-label^=\"" + node + ":\"]').ariaLabel");
    return Pattern.compile("(?<=[:;] )(.*?) from [0-9.]+ to [0-9.]+ s")
        .matcher(label.toString())
        .results()
        .map(stretch -> stretch.group(1))
        .collect(Collectors.joining(", "));
  }

  @Test
  void a_keyboard_is_enough() {
    browser().screen(1280, "light").open(page("run"));

    browser().press(Keys.TAB);
    assertThat(dom("document.activeElement.className")).isEqualTo("skip");
    browser().press(Keys.TAB);
    assertThat(dom("document.activeElement.hash")).isEqualTo("#expectations");
    browser().run("document.querySelector('#machines summary').focus(); return true;");
    browser().press(Keys.ENTER);
    assertThat(dom("document.querySelector('#machines details').open")).isEqualTo(true);
  }

  @Test
  void every_table_has_a_caption_and_every_picture_a_name() {
    for (String what : List.of("run", "campaign", "comparison")) {
      browser().open(page(what));
      assertThat(dom("document.querySelectorAll('main table:not(.u-legend)').length"))
          .isEqualTo(dom("document.querySelectorAll('main caption').length"));
      assertThat(dom("document.querySelectorAll('[role=img]:not([aria-label])').length"))
          .isEqualTo(0L);
    }
  }

  @Test
  void a_page_is_the_same_when_it_is_written_again() throws IOException {
    for (String what : List.of("run", "campaign")) {
      String before = Files.readString(page(what));
      Files.delete(page(what));
      Cli again = Cli.run("report", page(what).getParent() + "");
      assertThat(again.exitCode()).as(again.err()).isZero();
      assertThat(page(what)).content().isEqualTo(before);
    }
  }

  /**
   * What somebody smuggles into a page neither runs nor fetches; and the tests above would see it:
   * here are a request and an error.
   */
  @Test
  void what_was_smuggled_in_does_not_run() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          exchange.close();
        });
    server.start();
    try {
      String host = "http://127.0.0.1:" + server.getAddress().getPort();
      String evil =
          "<script>document.title = 'owned'</script><img src='%s/x'><p onclick='1'>"
              .formatted(host);
      Path page =
          Files.writeString(
              at("evil.html"), Files.readString(page("run")).replace("<main", evil + "<main"));

      browser().screen(1280, "light").open(page);

      assertThat(dom("document.title")).isEqualTo("pictured: passed");
      assertThat(String.join("\n", browser().console()))
          .contains("script-src")
          .contains(host + "/x");
      assertThat(asked).hasValue(0);

      Path open =
          Files.writeString(
              at("open.html"),
              Files.readString(page).replace("Content-Security-Policy", "X-Nothing"));
      browser().open(open);
      assertThat(dom("document.title")).isEqualTo("owned");
      assertThat(browser().requests()).contains(host + "/x");
      assertThat(asked).hasPositiveValue();
    } finally {
      server.stop(0);
    }
  }
}
