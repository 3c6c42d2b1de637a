package dev.redoubt.cli.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a {@code journal.jsonl}, in their order.
 *
 * @param torn lines that could not be read: the last one, if the process died as it wrote it
 */
record Journal(List<Line> lines, int torn) {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  Journal {
    lines = List.copyOf(lines);
  }

  /**
   * A line.
   *
   * @param step null if the event belongs to none
   * @param node that it is about; empty if it is about none
   * @param fields all of the line
   */
  record Line(Instant time, @Nullable Integer step, String node, String event, JsonNode fields) {

    String text(String field) {
      return fields.path(field).asText("");
    }

    long epoch() {
      return fields.path("epoch").asLong();
    }

    boolean is(String kind) {
      return event.equals(kind);
    }
  }

  /**
   * Reads it; a file that is not there is a journal without lines.
   *
   * @throws IOException if the file cannot be read
   */
  static Journal read(Path file) throws IOException {
    List<Line> lines = new ArrayList<>();
    int torn = 0;
    if (Files.isRegularFile(file)) {
      for (String text : Files.readAllLines(file)) {
        Optional<Line> line = line(text);
        line.ifPresent(lines::add);
        torn += line.isEmpty() ? 1 : 0;
      }
    }
    return new Journal(lines, torn);
  }

  private static Optional<Line> line(String text) {
    try {
      JsonNode node = JSON.readTree(text);
      JsonNode step = node.path("step");
      return Optional.of(
          new Line(
              Instant.parse(node.path("time").asText()),
              step.isInt() ? step.intValue() : null,
              node.path("node").asText(""),
              node.path("event").asText(""),
              node));
    } catch (JsonProcessingException | DateTimeException e) {
      return Optional.empty();
    }
  }

  /** The first line, from one on, that is as wanted. */
  Optional<Line> first(int from, Predicate<Line> wanted) {
    return lines.stream().skip(from).filter(wanted).findFirst();
  }

  /** The first planned step: the clock of a page starts there. */
  Optional<Instant> origin() {
    return first(0, line -> line.is("epoch-opened")).map(Line::time);
  }

  /** When nothing more was to be done: before the members are ended, which takes its time. */
  Optional<Instant> end() {
    return first(0, line -> line.is("concluded"))
        .or(() -> lines.isEmpty() ? Optional.empty() : Optional.of(lines.getLast()))
        .map(Line::time);
  }

  static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toNanos() * 1e-9;
  }
}
