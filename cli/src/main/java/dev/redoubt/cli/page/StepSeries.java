package dev.redoubt.cli.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is drawn over the steps that stand committed in the end.
 *
 * @param points in ascending order of the step
 * @param golden whether the journal has the losses of the golden run
 */
record StepSeries(List<Point> points, boolean golden) {

  StepSeries {
    points = List.copyOf(points);
  }

  /**
   * A step.
   *
   * @param loss as it was committed
   * @param golden the loss of the fault-free run; null if nobody wrote it down
   * @param seconds from the start of the try that was committed; null if its start is not known
   */
  record Point(int step, double loss, @Nullable Double golden, @Nullable Double seconds) {}

  static StepSeries of(Journal journal) {
    NavigableMap<Integer, Point> points = new TreeMap<>();
    Map<Integer, Instant> started = new HashMap<>();
    JsonNode losses = losses(journal);
    boolean succession = false;
    for (Journal.Line line : journal.lines()) {
      succession |= line.is("controller-changed");
      Integer step = line.step();
      if (step == null) {
        continue;
      }
      switch (line.event()) {
        case "step-started" -> started.put(step, line.time());
        case "step-committed" -> {
          Instant begun = started.get(step);
          Instant done = done(begun, started.get(step + 1), line.time());
          points.put(step, point(step, line, begun, done, losses));
        }
        case "rolled-back" -> points.tailMap(line.fields().path("to").asInt(step), false).clear();
        case "epoch-opened" -> {
          // What another controller does not know of was not committed.
          if (succession) {
            points.tailMap(step, true).clear();
          }
          succession = false;
        }
        default -> {}
      }
    }
    return new StepSeries(List.copyOf(points.values()), losses.isArray());
  }

  /** A step that is verified later was done when the next one began. */
  private static Instant done(@Nullable Instant begun, @Nullable Instant next, Instant committed) {
    return begun != null && next != null && next.isAfter(begun) ? next : committed;
  }

  private static Point point(
      int step, Journal.Line committed, @Nullable Instant started, Instant done, JsonNode losses) {
    JsonNode golden = losses.path(step - 1);
    return new Point(
        step,
        committed.fields().path("loss").asDouble(Double.NaN),
        golden.isNumber() ? golden.doubleValue() : null,
        started == null ? null : Journal.seconds(started, done));
  }

  private static JsonNode losses(Journal journal) {
    return journal
        .first(0, line -> line.is("golden-run-ended"))
        .map(line -> line.fields().path("losses"))
        .orElse(MissingNode.getInstance());
  }

  /** The first step whose loss is not the golden one; null if there is none, or none is known. */
  @Nullable Integer parting() {
    for (Point point : points) {
      Double wanted = point.golden();
      if (wanted != null && Double.compare(wanted, point.loss()) != 0) {
        return point.step();
      }
    }
    return null;
  }
}
