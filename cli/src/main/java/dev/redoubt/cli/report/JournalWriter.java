package dev.redoubt.cli.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.FileWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code journal.jsonl}: one JSON object a line, written and flushed as the run goes, so that it is
 * whole up to the last line even if the process dies. Any thread may append.
 */
public final class JournalWriter implements Closeable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Clock clock;
  private final BufferedWriter writer;
  private boolean closed;

  /**
   * Begins a journal.
   *
   * @throws IOException if the file cannot be written
   */
  public JournalWriter(Path file, Clock clock) throws IOException {
    this.clock = clock;
    // Not through a channel: those close when the writing thread is interrupted.
    this.writer = new BufferedWriter(new FileWriter(file.toFile(), StandardCharsets.UTF_8));
  }

  /**
   * Adds a line; after {@link #close} it does nothing, for late threads.
   *
   * @param step null if the event belongs to no step
   * @param event what happened, in a few words with hyphens
   * @param fields numbers, texts, booleans; a name that the line already has is refused
   * @throws UncheckedIOException if the file cannot be written
   */
  public synchronized void append(
      @Nullable Integer step, long epoch, String node, String event, Map<String, Object> fields) {
    if (closed) {
      return;
    }
    ObjectNode line = MAPPER.createObjectNode();
    line.put("time", clock.instant().truncatedTo(ChronoUnit.MICROS).toString());
    line.put("step", step).put("epoch", epoch).put("node", node).put("event", event);
    for (Map.Entry<String, Object> field : new TreeMap<>(fields).entrySet()) {
      if (line.has(field.getKey())) {
        throw new IllegalArgumentException("the journal line already has " + field.getKey());
      }
      line.set(field.getKey(), MAPPER.valueToTree(field.getValue()));
    }
    try {
      writer.write(MAPPER.writeValueAsString(line));
      writer.write('\n');
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    writer.close();
  }
}
