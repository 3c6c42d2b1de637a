package dev.redoubt.cli.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redoubt.cli.page.CampaignModel.Coverage;
import dev.redoubt.cli.page.Page.Section;
import dev.redoubt.cli.page.Tables.Cell;
import dev.redoubt.cli.report.RecordedRun.UnreadableException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/**
 * {@code report.html} of a campaign: how much was found, and how sure that is. It has no times, so
 * that the same campaign gives the same file.
 */
public final class CampaignPage {

  private static final List<Section> SECTIONS =
      List.of(
          new Section("expectations", "Wanted and observed"),
          new Section("coverage", "Coverage"),
          new Section("ablation", "Ablation"),
          new Section("bits", "Bits and sites"),
          new Section("outcomes", "Outcomes"),
          new Section("answers", "Answers"),
          new Section("detectors", "Detectors"),
          new Section("false-alarms", "False alarms"),
          new Section("sample", "Sample"));

  private final CampaignModel model;
  private final Html html;
  private final Shares shares;

  private CampaignPage(CampaignModel model, Html html) {
    this.model = model;
    this.html = html;
    this.shares = new Shares(html);
  }

  /** Whether a directory is that of a campaign. */
  public static boolean isOf(Path directory) {
    return CampaignModel.isIn(directory);
  }

  /**
   * Writes the page of a campaign into its directory.
   *
   * @return the file
   * @throws UnreadableException if the directory is not that of a campaign
   * @throws IOException if a file cannot be read or written
   */
  public static Path write(Path directory) throws UnreadableException, IOException {
    Path file = directory.resolve(RunPage.NAME);
    Page.write(file, of(CampaignModel.read(directory)));
    return file;
  }

  static String of(CampaignModel model) {
    return Page.of(
        model.name() + ": " + model.verdict().word(),
        SECTIONS,
        List.of(),
        html -> new CampaignPage(model, html).body());
  }

  private void body() {
    head();
    section(0, () -> RunPage.expectations(html, model.expectations()));
    section(1, this::coverage);
    section(2, this::ablation);
    section(3, () -> new HeatSection(model, html).write());
    section(4, () -> table("outcomes", "What the fault did, and what was done about it"));
    section(5, this::answers);
    section(6, () -> table("detectors", "Who gave the first alarm"));
    section(7, this::falseAlarms);
    section(
        8,
        () ->
            table(
                "sample",
                "How many of all faults that could be, and the margin of a share at 95 %"));
  }

  private void section(int index, Runnable content) {
    RunPage.section(html, SECTIONS.get(index), content);
  }

  private void head() {
    JsonNode campaign = model.json().path("campaign");
    html.open("header");
    html.open("h1").text(model.name()).text(" ");
    RunPage.verdict(html, model.verdict());
    html.closeLine();
    html.leaf(
        "p",
        "A campaign: %d injections under each of %d arms, %d clean trainings, seed %d."
            .formatted(
                model.json().path("injectionsDone").asLong(),
                model.arms().size(),
                model.json().path("trainingsDone").asLong(),
                campaign.path("seed").asLong()));
    html.open("p").text("The same campaign again, from this directory: ");
    html.leaf("code", "redoubt campaign campaign.yaml --seed " + campaign.path("seed").asLong());
    html.closeLine();
    html.leaf(
        "p",
        "A share is given with Wilson's 95 % interval: the bar, and the numbers in brackets, in per"
            + " cent. The dot is the share.");
    html.closeLine();
  }

  private void coverage() {
    if (model.table("coverage").isEmpty()) {
      html.leaf("p", "Nothing was injected.");
      return;
    }
    html.leaf(
        "p",
        "Of all drawn those that changed a bit; of these what was found, and what ends on other"
            + " bits when nobody looks.");
    for (String arm : model.arms()) {
      byClass(arm, model.coverage(arm));
    }
    byGroup("coverage", "Coverage by stratum, and by group of bits");
  }

  private void byClass(String arm, SequencedMap<String, Coverage> classes) {
    Tables table =
        Tables.begin(
            html,
            "Coverage by class and site under the arm " + arm,
            List.of("Class and site", "activated", "found", "harmful"));
    classes.forEach(
        (name, coverage) ->
            table.row(
                Cell.text(name),
                shares.cell(coverage.activated()),
                shares.cell(coverage.found()),
                shares.cell(coverage.harmful())));
    table.end();
  }

  private void byGroup(String name, String caption) {
    html.open("details").leaf("summary", caption).newLine();
    table(name, caption);
    html.closeLine();
  }

  private void ablation() {
    if (model.table("ablation").isEmpty()) {
      html.leaf("p", "There is one arm: nothing was left out.");
      return;
    }
    html.leaf(
        "p",
        "What each arm found of the same injections: what a layer sees, the arm without it"
            + " lacks.");
    table("ablation", "Found, by class and arm");
  }

  private void answers() {
    if (model.table("answers").isEmpty()) {
      html.leaf("p", "Nothing was found.");
      return;
    }
    html.leaf(
        "p",
        "Steps from the strike to the alarm (0 is the same step); of those with a blame the right"
            + " ones; of the found ones those that ended on the golden bits.");
    table("answers", "Latency, blame and correction");
    byGroup(
        "harm", "Of what harms when nobody looks: what was found, and what escaped all the same");
  }

  private void falseAlarms() {
    if (model.table("false-alarms").isEmpty()) {
      html.leaf("p", "There were no clean trainings.");
      return;
    }
    table("false-alarms", "Clean trainings; with no alarm, the rate is below 3/steps at 95 %");
  }

  /** A table as it is in campaign.json; a share is one cell. */
  private void table(String name, String caption) {
    JsonNode rows = model.table(name);
    if (rows.isEmpty()) {
      html.leaf("p", "There is nothing to count.");
      return;
    }
    List<String> columns = columns(rows.path(0));
    List<String> titles = columns.stream().map(column -> title(name, column)).toList();
    Tables table = Tables.begin(html, caption, titles);
    for (JsonNode row : rows) {
      table.row(columns.stream().map(column -> cell(row, column)).toList());
    }
    table.end();
  }

  /** As people write it: found first, for foundFirst. Arms keep the names that they were given. */
  private static String title(String table, String column) {
    return table.equals("ablation")
        ? column
        : column.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
  }

  private static List<String> columns(JsonNode row) {
    List<String> columns = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : row.properties()) {
      boolean part =
          columns.stream()
              .filter(column -> CampaignModel.isShare(row, column))
              .anyMatch(column -> isPart(column, field.getKey()));
      if (!part) {
        columns.add(field.getKey());
      }
    }
    return columns;
  }

  private static boolean isPart(String column, String name) {
    return name.startsWith(column)
        && List.of("Of", "Share", "Low", "High").contains(name.substring(column.length()));
  }

  private Cell cell(JsonNode row, String column) {
    if (CampaignModel.isShare(row, column)) {
      return shares.cell(CampaignModel.share(row, column));
    }
    String text = row.path(column).asText();
    return text.matches("[0-9.]+") ? Cell.number(text) : Cell.text(text.isEmpty() ? "-" : text);
  }
}
