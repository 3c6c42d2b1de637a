package dev.redoubt.cli.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redoubt.cli.page.Tables.Cell;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The journal without what every step has: what an engineer reads first. */
final class EventSection {

  private static final int ROWS_MAX = 400;
  private static final Set<String> EVERY_STEP =
      Set.of(
          "step-started",
          "step-committed",
          "step-measured",
          "audited",
          "recomputed",
          "refused",
          "member-clock-measured");
  private static final Set<String> COLUMNS = Set.of("time", "step", "epoch", "node", "event");

  /** A list of numbers that a chart shows. */
  private static final Set<String> LONG = Set.of("losses");

  private final Journal journal;
  private final Html html;

  EventSection(Journal journal, Html html) {
    this.journal = journal;
    this.html = html;
  }

  void write() {
    List<Journal.Line> events =
        journal.lines().stream().filter(line -> !EVERY_STEP.contains(line.event())).toList();
    html.leaf("p", counts(events.size()));
    if (events.isEmpty()) {
      return;
    }
    Instant origin = journal.origin().orElse(events.getFirst().time());
    html.open("details").leaf("summary", "What happened, line by line").newLine();
    Tables table =
        Tables.begin(
            html,
            "Lines of the journal; seconds from the first planned step on",
            List.of("Seconds", "Step", "Machine", "Event", "More"));
    events.stream().limit(ROWS_MAX).forEach(line -> row(table, origin, line));
    table.end();
    html.closeLine();
  }

  private String counts(int events) {
    String shown =
        events > ROWS_MAX ? "the first " + ROWS_MAX + " of " + events : Integer.toString(events);
    String torn =
        journal.torn() == 0 ? "" : " " + journal.torn() + " lines could not be read: torn.";
    return "journal.jsonl has %d lines; %s are here: those of each step are left out.%s"
        .formatted(journal.lines().size(), shown, torn);
  }

  private static void row(Tables table, Instant origin, Journal.Line line) {
    table.row(
        Cell.number(Figures.decimals(3, Journal.seconds(origin, line.time()))),
        Cell.number(Figures.orDash(line.step())),
        Cell.text(line.node().isEmpty() ? "-" : line.node()),
        Cell.text(line.event()),
        Cell.prose(more(line.fields())));
  }

  private static String more(JsonNode fields) {
    return fields.properties().stream()
        .filter(field -> !COLUMNS.contains(field.getKey()) && !LONG.contains(field.getKey()))
        .map(EventSection::words)
        .collect(Collectors.joining("; "));
  }

  private static String words(Map.Entry<String, JsonNode> field) {
    JsonNode value = field.getValue();
    return field.getKey() + " " + (value.isValueNode() ? value.asText() : value.toString());
  }
}
