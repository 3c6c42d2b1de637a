package dev.redoubt.cli.page;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A journal, told line by line; each call is some seconds after the one before. */
final class Lines {

  private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  private final List<String> lines = new ArrayList<>();
  private double seconds;

  /** So many seconds pass. */
  Lines after(double more) {
    seconds += more;
    return this;
  }

  /**
   * Something happens.
   *
   * @param fields names and values in turn; a value that begins with a bracket is JSON
   */
  Lines line(@Nullable Integer step, long epoch, String node, String event, String... fields) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("time", START.plusNanos((long) (seconds * 1e9)).toString());
    line.put("step", step).put("epoch", epoch).put("node", node).put("event", event);
    for (int i = 0; i < fields.length; i += 2) {
      line.put(fields[i], fields[i + 1]);
    }
    lines.add(line.toString());
    return this;
  }

  Lines epoch(int step, long epoch, String... seats) {
    line(step, epoch, "controller", "epoch-opened", "cause", "told");
    String last = lines.removeLast();
    String list = "[\"" + String.join("\",\"", seats) + "\"]";
    lines.add(last.substring(0, last.length() - 1) + ",\"seats\":" + list + "}");
    return this;
  }

  /** A step of so many seconds. */
  Lines step(int step, long epoch, double length, double loss) {
    line(step, epoch, "controller", "step-started");
    return after(length).committed(step, epoch, loss);
  }

  Lines committed(int step, long epoch, double loss) {
    return raw(step, epoch, "step-committed", "\"loss\":" + loss);
  }

  Lines raw(@Nullable Integer step, long epoch, String event, String field) {
    line(step, epoch, "controller", event);
    String last = lines.removeLast();
    lines.add(last.substring(0, last.length() - 1) + "," + field + "}");
    return this;
  }

  /** As a file that somebody was killed in the middle of writing. */
  Lines torn() {
    lines.add("{\"time\":\"2026-03-01T12:");
    return this;
  }

  Journal journal(Path folder) throws IOException {
    return Journal.read(Files.write(folder.resolve("journal.jsonl"), lines));
  }
}
