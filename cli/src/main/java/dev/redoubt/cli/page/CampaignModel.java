package dev.redoubt.cli.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.report.Expectation;
import dev.redoubt.cli.report.RecordedRun;
import dev.redoubt.cli.report.RecordedRun.UnreadableException;
import dev.redoubt.cli.report.Verdict;
import dev.redoubt.cli.scenario.Word;
import dev.redoubt.simulator.InjectionRow;
import dev.redoubt.simulator.Proportion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.StreamSupport;

/**
 * All that a page shows of a campaign: the tables of {@code campaign.json}, and {@code rows.csv}
 * for what is counted by single bits.
 *
 * @param json {@code campaign.json}
 * @param rows one for each injection and arm
 */
record CampaignModel(
    JsonNode json, Verdict verdict, List<Expectation> expectations, List<InjectionRow> rows) {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int SCHEMA = 1;

  CampaignModel {
    expectations = List.copyOf(expectations);
    rows = List.copyOf(rows);
  }

  /** Whether it is the directory of a campaign. */
  static boolean isIn(Path directory) {
    return Files.isRegularFile(directory.resolve("campaign.json"));
  }

  /**
   * Reads it.
   *
   * @throws UnreadableException that says what is missing or wrong, and where
   * @throws IOException if a file cannot be read
   */
  static CampaignModel read(Path directory) throws UnreadableException, IOException {
    Path file = directory.resolve("campaign.json");
    try {
      JsonNode json = JSON.readTree(Files.readString(file));
      if (json.path("schema").asInt(-1) != SCHEMA || !json.path("tables").isObject()) {
        throw RecordedRun.unreadable(
            file + " is no report of the schema " + SCHEMA + ": has the campaign ended?");
      }
      List<Expectation> expectations = new ArrayList<>();
      for (JsonNode expectation : json.path("expectations")) {
        expectations.add(JSON.treeToValue(expectation, Expectation.class));
      }
      Verdict verdict = Word.parse(Verdict.class, json.path("verdict").asText());
      return new CampaignModel(json, verdict, expectations, rows(directory.resolve("rows.csv")));
    } catch (JsonProcessingException e) {
      throw RecordedRun.unreadable(file + " is no JSON: " + e.getOriginalMessage());
    } catch (IllegalArgumentException e) {
      throw RecordedRun.unreadable(directory + " cannot be read: " + e.getMessage());
    }
  }

  /** Without the last line if it was torn. */
  private static List<InjectionRow> rows(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return List.of();
    }
    String text = Files.readString(file);
    return text.substring(0, text.lastIndexOf('\n') + 1)
        .lines()
        .skip(1)
        .map(InjectionRow::parse)
        .toList();
  }

  String name() {
    return json.path("campaign").path("name").asText();
  }

  List<String> arms() {
    return StreamSupport.stream(json.path("campaign").path("arms").spliterator(), false)
        .map(JsonNode::asText)
        .toList();
  }

  /** The rows of a table; none if it has no such table. */
  JsonNode table(String name) {
    return json.path("tables").path(name);
  }

  /** What became of the injections of a class and site. */
  record Coverage(Proportion activated, Proportion found, Proportion harmful) {

    private Coverage plus(Coverage other) {
      return new Coverage(
          sum(activated, other.activated), sum(found, other.found), sum(harmful, other.harmful));
    }

    private static Proportion sum(Proportion one, Proportion other) {
      return new Proportion(one.hits() + other.hits(), one.of() + other.of());
    }
  }

  /** By class and site: the strata of all bits together, and {@code all}. */
  SequencedMap<String, Coverage> coverage(String arm) {
    SequencedMap<String, Coverage> classes = new LinkedHashMap<>();
    for (JsonNode row : table("coverage")) {
      String by = row.path("by").asText();
      if (row.path("arm").asText().equals(arm) && !by.equals("bits")) {
        Coverage coverage =
            new Coverage(share(row, "activated"), share(row, "found"), share(row, "harmful"));
        classes.merge(HeatMap.place(row.path("group").asText()), coverage, Coverage::plus);
      }
    }
    return classes;
  }

  /** A share out of a row: its counts, from which the interval follows. */
  static Proportion share(JsonNode row, String column) {
    return new Proportion(row.path(column).asLong(), row.path(column + "Of").asLong());
  }

  /** Whether a column of a row is a share: its parts stand beside it. */
  static boolean isShare(JsonNode row, String column) {
    return row.has(column + "Of") && row.has(column + "Share") && row.has(column + "Low");
  }
}
