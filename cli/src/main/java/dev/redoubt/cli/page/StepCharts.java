package dev.redoubt.cli.page;

import dev.redoubt.cli.page.StepSeries.Point;
import dev.redoubt.cli.page.Tables.Cell;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Loss and time of each step, as charts, and as a table of some steps. */
final class StepCharts {

  private static final int ROWS_MAX = 100;

  /** More names would lie on each other. */
  private static final int NAMES_MAX = 12;

  private StepCharts() {}

  static List<Chart> of(RunModel model) {
    StepSeries steps = model.steps();
    if (steps.points().isEmpty()) {
      return List.of();
    }
    List<Integer> x = steps.points().stream().map(Point::step).toList();
    List<Chart.Mark> marks = marks(model.report().faults());
    List<Chart.Line> losses = new ArrayList<>();
    if (steps.golden()) {
      losses.add(new Chart.Line("golden run", "second", column(steps, Column.GOLDEN)));
    }
    losses.add(new Chart.Line("this run", "first", column(steps, Column.LOSS)));
    List<Chart.Line> seconds =
        List.of(new Chart.Line("this run", "first", column(steps, Column.SECONDS)));
    return List.of(
        new Chart("chart-loss", x, "loss, nats per token", losses, marks),
        new Chart("chart-seconds", x, "seconds for a step", seconds, marks));
  }

  /** Of a storm only where something struck; of a few also what. */
  private static List<Chart.Mark> marks(List<FaultReport> faults) {
    TreeMap<Integer, String> names = new TreeMap<>();
    for (FaultReport fault : faults) {
      Integer step = fault.struckAtStep();
      if (step != null) {
        names.merge(step, fault.id(), (one, other) -> one + ", " + other);
      }
    }
    boolean named = names.size() <= NAMES_MAX;
    List<Chart.Mark> marks = new ArrayList<>();
    names.forEach((step, name) -> marks.add(new Chart.Mark(step, named ? name : "")));
    return marks;
  }

  enum Column {
    LOSS,
    GOLDEN,
    SECONDS
  }

  static List<@Nullable Double> column(StepSeries steps, Column column) {
    List<@Nullable Double> values = new ArrayList<>();
    for (Point point : steps.points()) {
      values.add(
          switch (column) {
            case LOSS -> Double.valueOf(point.loss());
            case GOLDEN -> point.golden();
            case SECONDS -> point.seconds();
          });
    }
    return values;
  }

  static void loss(StepSeries steps, Html html) {
    if (steps.points().isEmpty()) {
      html.leaf("p", "No step was committed, or there is no journal.");
      return;
    }
    String lines = steps.golden() ? ": this run solid, the golden run dashed" : "";
    figure(html, "chart-loss", "Loss of each committed step, and where faults struck" + lines);
    html.leaf("p", parting(steps)).newLine();
    table(steps, html);
  }

  private static String parting(StepSeries steps) {
    if (!steps.golden()) {
      return "The journal has no losses of the golden run, so there is nothing to hold these"
          + " against; whether the bits are golden is told by the digests.";
    }
    Integer parting = steps.parting();
    return parting == null
        ? "Every loss is that of the golden run, to the last bit; its line lies under the other."
        : "From step " + parting + " on the losses are not those of the golden run.";
  }

  static void seconds(StepSeries steps, Html html) {
    if (steps.points().isEmpty()) {
      html.leaf("p", "No step was committed, or there is no journal.");
      return;
    }
    figure(
        html,
        "chart-seconds",
        "Time of each committed step, from the start of the try that counted");
  }

  /** Where the script draws; without scripts the tables are all there is. */
  static void figure(Html html, String id, String caption) {
    html.open("figure", "class", "chart", "id", id);
    html.open("div", "class", "canvas", "role", "img", "aria-label", caption).close();
    html.leaf("figcaption", caption);
    html.leaf("noscript", "The chart needs JavaScript; the tables do not.");
    html.closeLine();
  }

  private static void table(StepSeries steps, Html html) {
    List<Point> points = steps.points();
    int every = Math.max(1, Math.ceilDiv(points.size(), ROWS_MAX));
    html.open("details").leaf("summary", "The steps as a table").newLine();
    Tables table =
        Tables.begin(
            html,
            every == 1 ? "Every step" : "Every " + every + "th step, and the last",
            List.of("Step", "Loss", "Golden loss", "Time"));
    for (int i = 0; i < points.size(); i++) {
      if (i % every == 0 || i == points.size() - 1) {
        row(table, points.get(i));
      }
    }
    table.end();
    html.closeLine();
  }

  private static void row(Tables table, Point point) {
    Double golden = point.golden();
    table.row(
        Cell.number(Integer.toString(point.step())),
        Cell.number(Figures.decimals(6, point.loss())),
        Cell.number(golden == null ? "-" : Figures.decimals(6, golden)),
        Cell.number(Figures.seconds(point.seconds())));
  }
}
