package dev.redoubt.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What came out of a run: its {@code summary.json}.
 *
 * @param directory of the run
 * @param exitCode of {@code redoubt run}
 * @param summary all of it
 */
public record Report(Path directory, int exitCode, JsonNode summary) {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * Reads that of a run directory.
   *
   * @throws UncheckedIOException if there is none, or it is no JSON
   */
  public static Report read(Path directory, int exitCode) {
    try {
      return new Report(
          directory, exitCode, JSON.readTree(directory.resolve("summary.json").toFile()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Such as {@code passed}. */
  public String verdict() {
    return summary.path("verdict").asText();
  }

  /** Why, if it did not pass. */
  public String reason() {
    return summary.path("reason").asText();
  }

  /** Whether every pod ended on the bits of the fault-free run. */
  public boolean isGolden() {
    return summary.path("bitIdentical").asBoolean(false);
  }

  /** Time spent on useful new steps over elapsed time, from the first planned step on. */
  public double goodput() {
    return summary.path("goodput").asDouble(Double.NaN);
  }

  /** Alarms that no fault of the scenario explains. */
  public int falseAlarms() {
    return summary.path("falseAlarms").asInt();
  }

  /** The names of all faults that were asked for. */
  public List<String> faults() {
    List<String> ids = new ArrayList<>();
    summary.path("faults").forEach(fault -> ids.add(fault.path("id").asText()));
    return List.copyOf(ids);
  }

  /**
   * What is said of one fault.
   *
   * @throws IllegalArgumentException if the scenario has no such fault
   */
  public JsonNode fault(String id) {
    for (JsonNode fault : summary.path("faults")) {
      if (fault.path("id").asText().equals(id)) {
        return fault;
      }
    }
    throw new IllegalArgumentException(
        "there is no fault '" + id + "' in the scenario; there are " + faults());
  }

  /** The command that runs it again, with the same seed and every default written out. */
  public String replayCommand() {
    return "redoubt run " + directory.resolve("scenario.resolved.yaml");
  }
}
