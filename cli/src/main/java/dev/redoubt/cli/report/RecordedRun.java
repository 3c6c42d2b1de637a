package dev.redoubt.cli.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A run that is over, read from its directory.
 *
 * @param directory where it is
 * @param summary what {@code summary.json} says
 * @param scenario the text of {@code scenario.resolved.yaml}; empty if it is not there
 */
public record RecordedRun(Path directory, JsonNode summary, String scenario) {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** A directory is not that of a run, or of one that this version cannot read. */
  public static final class UnreadableException extends Exception {

    private static final long serialVersionUID = 1;

    UnreadableException(String message) {
      super(message);
    }
  }

  /**
   * Reads it.
   *
   * @throws UnreadableException that says what is missing or wrong, and where
   */
  public static RecordedRun read(Path directory) throws UnreadableException, IOException {
    Path file = directory.resolve("summary.json");
    if (!Files.isRegularFile(file)) {
      throw new UnreadableException(
          directory + " has no summary.json: expected the directory of a run that is over");
    }
    JsonNode summary = parse(file);
    int schema = summary.path("schema").asInt(-1);
    if (schema != RunReport.SCHEMA) {
      throw new UnreadableException(
          "%s has the schema %d, expected %d".formatted(file, schema, RunReport.SCHEMA));
    }
    Path resolved = directory.resolve("scenario.resolved.yaml");
    return new RecordedRun(
        directory, summary, Files.isRegularFile(resolved) ? Files.readString(resolved) : "");
  }

  /** That a directory cannot be read because of this. */
  public static UnreadableException unreadable(String message) {
    return new UnreadableException(message);
  }

  private static JsonNode parse(Path file) throws UnreadableException, IOException {
    try {
      JsonNode summary = JSON.readTree(Files.readString(file));
      if (summary == null || !summary.isObject()) {
        throw new UnreadableException(file + " is no JSON object");
      }
      return summary;
    } catch (JsonProcessingException e) {
      throw new UnreadableException(
          "%s is no JSON: %s at line %d"
              .formatted(file, e.getOriginalMessage(), e.getLocation().getLineNr()));
    }
  }
}
