package dev.redoubt.cli.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.redoubt.cli.report.Expectation;
import dev.redoubt.cli.report.Outcomes;
import dev.redoubt.cli.report.RecordedRun.UnreadableException;
import dev.redoubt.cli.report.ReportWriters;
import dev.redoubt.cli.report.RunReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of a run: what it says, and that nothing in it can be more than text. */
class RunPageTest {

  private static final String HOSTILE =
      "</script><script>window.owned=1</script><img src=x onerror=\"owned=1\">'\"&\u2028";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;

  RunPageTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private static RunReport report() {
    return RunReport.of(
        Outcomes.scenario("{finalState: golden, goodput: '>= 0.5'}"), new Outcomes().outcome());
  }

  private String page(RunReport report) throws IOException, UnreadableException {
    Files.writeString(folder.resolve("summary.json"), ReportWriters.json(report));
    return Files.readString(RunPage.write(folder));
  }

  /** The texts of the rows of the table with this caption. */
  private static List<List<String>> rows(String page, String caption) {
    int at = page.indexOf("<caption>" + caption);
    assertThat(at).as("a table with the caption " + caption).isPositive();
    String table = page.substring(at, page.indexOf("</table>", at));
    List<List<String>> rows = new ArrayList<>();
    for (String row : table.substring(table.indexOf("<tbody>")).split("</tr>", -1)) {
      Matcher cell = Pattern.compile("<t[hd][^>]*><div>(.*?)</div>").matcher(row);
      List<String> cells = new ArrayList<>();
      while (cell.find()) {
        cells.add(cell.group(1).replaceAll("<[^>]*>", " ").replace("&gt;", ">").strip());
      }
      if (!cells.isEmpty()) {
        rows.add(cells);
      }
    }
    return rows;
  }

  @Test
  void every_expectation_of_the_summary_is_on_the_page() throws Exception {
    RunReport report = report();

    List<List<String>> wanted = new ArrayList<>();
    for (Expectation e : report.expectations()) {
      wanted.add(List.of(e.id(), e.wanted(), e.observed(), e.failed() ? "no" : "yes"));
    }
    assertThat(rows(page(report), "What was wanted")).isEqualTo(wanted).hasSizeGreaterThan(3);
  }

  @Test
  void the_numbers_are_those_of_the_summary() throws Exception {
    String page = page(report());

    assertThat(rows(page, "Seconds by kind").getFirst())
        .containsExactly("run", "9.100", "0.100", "0.400", "0.000", "0.000", "4.000", "13.600");
    assertThat(rows(page, "Recoveries")).containsExactly(List.of("repair", "9", "0.400 s", "1"));
    assertThat(rows(page, "Every fault").getFirst())
        .contains("0x3f to 0xbf", "state-digest, same step, after 0.020 s", "pod0/rank0")
        .contains("repaired", "corrected");
    assertThat(rows(page, "Both axes"))
        .containsExactly(List.of("corrected", "1", "1"), List.of("all", "1", "1"));
    assertThat(page).contains("goodput 0.940", "loss 5.500 to 3.200", "Goodput 0.940:");
  }

  @Test
  void a_run_that_has_no_journal_says_so() throws Exception {
    assertThat(page(report()))
        .contains("No step was planned, or there is no journal")
        .contains("No step was committed, or there is no journal");
  }

  @Test
  void detectors_are_counted_with_their_false_alarms() throws Exception {
    new Lines()
        .line(9, 1, "controller", "detected", "detector", "state-digest")
        .line(12, 1, "controller", "detected", "detector", "screen")
        .line(12, 1, "controller", "false-alarm", "detector", "screen")
        .journal(folder);
    Outcomes outcomes = new Outcomes();
    ObjectNode summary =
        (ObjectNode)
            JSON.readTree(
                ReportWriters.json(
                    RunReport.of(Outcomes.scenario("{falseAlarms: 0}"), outcomes.outcome())));
    summary.put("falseAlarms", 1);
    Files.writeString(folder.resolve("summary.json"), summary.toString());

    assertThat(rows(Files.readString(RunPage.write(folder)), "Alarms of each detector"))
        .containsExactly(List.of("screen", "1", "0", "1"), List.of("state-digest", "1", "1", "0"));

    summary.put("falseAlarms", 2);
    Files.writeString(folder.resolve("summary.json"), summary.toString());
    assertThat(rows(Files.readString(RunPage.write(folder)), "Alarms of each detector").getFirst())
        .containsExactly("screen", "1", "0", "not recorded");
  }

  /** Every text of the summary, the journal and the scenario is an attack. */
  @Test
  void a_hostile_name_stays_a_text() throws Exception {
    JsonNode summary = JSON.readTree(ReportWriters.json(report()));
    spoil(summary);
    Files.writeString(folder.resolve("summary.json"), summary.toString());
    Files.writeString(
        folder.resolve("scenario.resolved.yaml"),
        "faults: [{id: " + JSON.writeValueAsString(HOSTILE) + ", at: {step: 9}}]");
    new Lines()
        .epoch(1, 1, "pod0/rank0=wX")
        .step(9, 1, 1, 5.5)
        .line(9, 1, HOSTILE, "fault-struck", "fault", HOSTILE, "evidence", HOSTILE)
        .line(9, 1, HOSTILE, "worker-lost", "detector", HOSTILE, "cause", HOSTILE)
        .line(null, 1, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
        .after(1)
        .line(null, 1, "controller", "concluded")
        .journal(folder);

    String page = Files.readString(RunPage.write(folder));

    assertThat(page).contains("owned=1").doesNotContain("<script>window", "<img");
    assertThat(page.split("<script", -1)).hasSize(4);
    assertThat(page.split("</script", -1)).hasSize(4);
    JsonNode charts = JSON.readTree(between(page, "id=\"data\">", "</script>"));
    assertThat(charts.path(0).path("marks").path(0).path("text").asText()).isEqualTo(HOSTILE);
  }

  private static String between(String text, String from, String to) {
    int begin = text.indexOf(from) + from.length();
    return text.substring(begin, text.indexOf(to, begin));
  }

  /** Names that Redoubt draws up itself are left: a summary with others is not one. */
  private static void spoil(JsonNode node) {
    for (String key : List.of("scenario", "reason", "goldenDigest", "finalDigest", "dataDigest")) {
      ((ObjectNode) node).put(key, HOSTILE);
    }
    for (JsonNode expectation : node.path("expectations")) {
      ((ObjectNode) expectation).put("id", HOSTILE).put("wanted", HOSTILE);
      ((ObjectNode) expectation).put("observed", HOSTILE);
    }
    for (JsonNode fault : node.path("faults")) {
      ((ObjectNode) fault).put("id", HOSTILE).put("kind", HOSTILE).put("evidence", HOSTILE);
      ((ObjectNode) fault).put("blamed", HOSTILE);
    }
    ((ObjectNode) node.path("finalDigests")).put(HOSTILE, HOSTILE);
    ((ObjectNode) node.path("recoveries").path(0)).put("kind", HOSTILE);
  }

  @Test
  void the_policy_lets_these_scripts_run_and_nothing_else() throws Exception {
    assertThat(page(report()))
        .containsPattern(
            "content=\"default-src &#39;none&#39;; script-src &#39;sha256-[^;]+&#39;"
                + " &#39;sha256-[^;]+&#39;; style-src &#39;sha256-[^;]+&#39;;")
        .doesNotContain("unsafe-inline", " style=\"", " onclick=");
  }

  @Test
  void the_licence_of_the_charts_goes_with_them() throws Exception {
    assertThat(page(report())).contains("The MIT License (MIT)", "Copyright (c) 2022 Leon Sorokin");
  }

  @Test
  void the_same_files_give_the_same_page() throws Exception {
    assertThat(page(report())).isEqualTo(page(report()));
  }

  @Test
  void a_directory_without_a_summary_is_refused() {
    assertThatThrownBy(() -> RunPage.write(folder))
        .isInstanceOf(UnreadableException.class)
        .hasMessageContaining("has no summary.json");
  }

  @Test
  void a_summary_of_an_early_version_is_refused_by_what_it_lacks() throws Exception {
    ObjectNode summary = (ObjectNode) JSON.readTree(ReportWriters.json(report()));
    summary.remove("nodes");
    Files.writeString(folder.resolve("summary.json"), summary.toString());

    assertThatThrownBy(() -> RunPage.write(folder)).hasMessageContaining("has no nodes");
  }
}
