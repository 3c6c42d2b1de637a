package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redoubt.cli.page.Chromium;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/**
 * The live page of a real run in a real browser: what is clicked there breaks the run, and what
 * becomes of it is seen there. Pictures are in {@code target/live-page}.
 */
@Timeout(600)
class UiBrowserTest {

  private static final Path PICTURES = Path.of("target/live-page");
  private static final List<Chromium> BROWSER = new ArrayList<>();

  /** Counts the pixels of the chart that are about as each of some of the page's colours. */
  private static final String INK =
      """
      const canvas = document.getElementById("chart");
      const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
      return [...arguments].map(name => {
        const wanted = getComputedStyle(document.getElementById("probe-" + name)).color
          .match(/[0-9]+/g).map(Number);
        let ink = 0;
        for (let i = 0; i < pixels.length; i += 4) {
          if (pixels[i + 3] > 120
              && wanted.every((part, at) => Math.abs(part - pixels[i + at]) < 20)) {
            ink++;
          }
        }
        return ink;
      });
      """;

  /** Keeps each state that each machine was ever shown in. */
  private static final String WITNESS =
      """
      const seen = [];
      document.documentElement.dataset.seen = "";
      new MutationObserver(() => {
        for (const card of document.querySelectorAll(".node")) {
          const now = card.dataset.name + " " + card.dataset.state + ";";
          if (!seen.includes(now)) {
            seen.push(now);
            document.documentElement.dataset.seen = seen.join("");
          }
        }
      }).observe(document.getElementById("groups"), {subtree: true, childList: true, attributes: true});
      return true;
      """;

  private final Path folder;

  UiBrowserTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(
        folder.resolve("text.txt"), "To be, or not to be, that is a question. ".repeat(99));
  }

  @BeforeAll
  static void start() {
    Chromium.isNeeded();
    BROWSER.add(Chromium.start());
  }

  @BeforeEach
  void desk() {
    browser().screen(1280, "light");
  }

  @AfterAll
  static void quit() {
    BROWSER.forEach(Chromium::close);
  }

  private static Chromium browser() {
    return BROWSER.getFirst();
  }

  private static Object dom(String expression) {
    return browser().run("return " + expression + ";");
  }

  private static String text(String id) {
    return dom("document.getElementById('" + id + "').innerText").toString();
  }

  private GatedRun play(String expected, int... gates) throws IOException {
    Path scenario =
        Files.writeString(
            folder.resolve("played.yaml"),
            """
            apiVersion: redoubt/v1
            name: played
            seed: 5
            cluster: {pods: 3, spares: 2}
            model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
            data: {sources: [{name: text, from: text.txt}]}
            train: {steps: 40, microbatches: 3, sequenceLength: 16, batchSize: 1}
            timeouts: {joinMillisMax: 300000, stallMillisMax: 120000}
            """
                + expected);
    return GatedRun.start(scenario, folder.resolve("runs"), gates);
  }

  private static void assertKnown(GatedRun run, String event, String fault) throws IOException {
    assertThat(run.journal())
        .anyMatch(line -> line.contains("\"" + event + "\"") && line.contains("\"" + fault + "\""));
  }

  @Test
  void a_flip_that_is_clicked_is_found_and_told_of_and_the_page_says_how_it_ended()
      throws Exception {
    try (GatedRun run = play("expect: {finalState: golden, falseAlarms: 0}", 3, 20)) {
      URI address = run.address();
      browser().open(address);
      run.await(3);
      browser().await("document.getElementById('n-w1')?.dataset.state === 'training'");

      browser().click("#n-w1");
      assertThat(text("chosen")).isEqualTo("Break w1, pod1/rank0");
      browser().click("#bit-flip");
      browser().await("document.getElementById('answer').textContent.includes('was asked for')");
      assertThat(text("answer")).isEqualTo("ui-1: bit flip of w1 was asked for");
      run.letGo(3);

      browser().await("document.querySelector('[data-fault=ui-1] .tag.found')");
      assertThat(text("faults")).contains("ui-1 bit flip of pod1/rank0", "on w1; state-digest, ");
      run.await(20);
      assertThat(text("phase")).isEqualTo("training");
      shootAll("going");
      assertKnown(run, "fault-asked", "ui-1");
      assertKnown(run, "fault-struck", "ui-1");
      run.letGo(20);

      browser().await("document.getElementById('phase').textContent === 'passed'");
      assertThat(text("numbers")).contains("step 40 of 40");
      assertThat(text("events")).contains("fault ui-1 struck w1");
      List<?> ink = (List<?>) browser().run(INK, "good", "warn", "soft");
      assertThat((Long) ink.get(0)).as("this run's curve").isGreaterThan(300);
      assertThat((Long) ink.get(1)).as("the golden curve").isGreaterThan(100);
      assertThat((Long) ink.get(2)).as("the axes").isGreaterThan(100);

      JsonNode summary = run.summary();
      assertThat(summary.path("bitIdentical").asBoolean()).isTrue();
      assertThat(summary.at("/faults/0/id").asText()).isEqualTo("ui-1");
      assertThat(summary.at("/faults/0/detectedBy").asText()).isEqualTo("state-digest");
      assertThat(summary.at("/faults/0/blamed").asText()).isEqualTo("pod1/rank0");
      assertThat(browser().console()).isEmpty();
      assertThat(browser().requests())
          .contains(address.toString(), address + "events", address + "inject")
          .allMatch(url -> url.startsWith(address.toString()) || url.equals("data:,"));
    }
  }

  @Test
  void what_is_killed_paused_and_cut_off_by_hand_is_seen_to_be_so_and_the_bits_are_golden()
      throws Exception {
    try (GatedRun run = play("expect: {finalState: golden}", 3, 12, 24, 36)) {
      browser().open(run.address());
      run.await(3);
      browser().await("document.querySelectorAll('.node.training').length === 3");
      browser().run(WITNESS);

      browser().click("#n-w2");
      browser().click("#crash");
      asked("ui-1");
      run.letGo(3);
      seen("w2 lost");
      run.await(12);

      keyboardPauses("n-w0");
      asked("ui-2");
      run.letGo(12);
      seen("w0 paused");
      run.await(24);
      browser().await("document.getElementById('n-w0').dataset.state === 'training'");

      browser().click("#n-w1");
      browser().type("#seconds", "60");
      browser().click("#partition");
      asked("ui-3");
      run.letGo(24);
      seen("w1 cut-off");
      seen("w1 lost");
      run.await(36);
      shootAll("broken");
      for (String fault : List.of("ui-1", "ui-2", "ui-3")) {
        assertKnown(run, "fault-asked", fault);
        assertKnown(run, "fault-struck", fault);
      }
      run.letGo(36);

      browser().await("document.getElementById('phase').textContent === 'passed'");
      JsonNode summary = run.summary();
      assertThat(summary.path("bitIdentical").asBoolean()).isTrue();
      assertThat(summary.path("faults").findValuesAsText("kind"))
          .containsExactly("crash", "pause", "partition");
      assertThat(summary.path("faults").findValues("struck")).allMatch(JsonNode::asBoolean);
      assertThat(summary.path("faults").findValuesAsText("response"))
          .containsExactly("replaced", "none", "replaced");
      assertThat(browser().console()).isEmpty();
    }
  }

  /** On a desk and on a phone, by day and by night: nothing is wider than the screen. */
  private static void shootAll(String name) throws IOException {
    for (String scheme : List.of("light", "dark")) {
      for (int width : List.of(390, 1280)) {
        browser().screen(width, scheme);
        browser()
            .await(
                "innerWidth === "
                    + width
                    + " && document.getElementById('chart').width ==="
                    + " Math.round(document.getElementById('chart').getBoundingClientRect().width)");
        assertThat((Long) dom("document.documentElement.scrollWidth"))
            .as("width of what is shown")
            .isLessThanOrEqualTo(width);
        browser().shoot(PICTURES.resolve(name + "-" + width + "-" + scheme + ".png"));
      }
    }
  }

  private static void asked(String fault) {
    browser().await("document.getElementById('answer').textContent.startsWith('" + fault + ": ')");
  }

  private static void seen(String what) {
    browser().await("document.documentElement.dataset.seen.includes('" + what + ";')");
  }

  /** Chooses the machine and presses Pause, without a mouse. */
  private static void keyboardPauses(String machine) {
    tabTo(machine);
    browser().press(Keys.SPACE);
    browser().await("document.getElementById('" + machine + "').ariaPressed === 'true'");
    tabTo("pause");
    browser().press(Keys.ENTER);
  }

  private static void tabTo(String id) {
    String isThere = "document.activeElement.id === '" + id + "'";
    for (int tabs = 0; tabs < 40 && dom(isThere).equals(false); tabs++) {
      browser().press(Keys.TAB);
    }
    assertThat(dom(isThere)).as("the keyboard comes to " + id).isEqualTo(true);
  }
}
