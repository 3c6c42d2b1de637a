package dev.redoubt.cli.page;

import dev.redoubt.cli.page.Page.Section;
import dev.redoubt.cli.page.StepCharts.Column;
import dev.redoubt.cli.page.StepSeries.Point;
import dev.redoubt.cli.page.Tables.Cell;
import dev.redoubt.cli.report.RecordedRun.UnreadableException;
import dev.redoubt.cli.report.RunComparison;
import dev.redoubt.cli.report.RunComparison.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Two runs side by side, as a page. */
public final class ComparisonPage {

  private static final List<Section> SECTIONS =
      List.of(
          new Section("figures", "Figures"),
          new Section("loss", "Loss"),
          new Section("steps", "Steps"),
          new Section("time", "Time"));

  private final RunComparison comparison;
  private final RunModel first;
  private final RunModel second;
  private final Html html;

  private ComparisonPage(RunComparison comparison, RunModel first, RunModel second, Html html) {
    this.comparison = comparison;
    this.first = first;
    this.second = second;
    this.html = html;
  }

  /**
   * Writes a page.
   *
   * @param sentence what follows for the bits
   * @throws UnreadableException if one of the directories is not that of a run that is over
   * @throws IOException if a file cannot be read or written
   */
  public static void write(
      Path file, RunComparison comparison, String sentence, Path first, Path second)
      throws UnreadableException, IOException {
    RunModel one = RunModel.read(first);
    RunModel other = RunModel.read(second);
    Page.write(file, of(comparison, sentence, one, other));
  }

  static String of(RunComparison comparison, String sentence, RunModel first, RunModel second) {
    return Page.of(
        first.report().scenario() + " and " + second.report().scenario(),
        SECTIONS,
        charts(first.steps(), second.steps()),
        html -> new ComparisonPage(comparison, first, second, html).body(sentence));
  }

  private void body(String sentence) {
    html.open("header").leaf("h1", "Two runs side by side").newLine();
    run("First", first);
    run("Second", second);
    String style =
        switch (comparison.bits()) {
          case SAME -> "good";
          case DIVERGED -> "bad";
          case UNRELATED, UNKNOWN -> "open";
        };
    html.open("p").leaf("span", sentence, "class", "word " + style).closeLine().closeLine();
    RunPage.section(html, SECTIONS.get(0), this::figures);
    RunPage.section(html, SECTIONS.get(1), () -> chart("chart-loss", "Loss of each step"));
    RunPage.section(html, SECTIONS.get(2), () -> chart("chart-seconds", "Time of each step"));
    RunPage.section(html, SECTIONS.get(3), this::time);
  }

  private void run(String name, RunModel model) {
    html.open("p").text(name + ": " + model.report().scenario() + ", seed ");
    html.text(Long.toString(model.report().seed()) + " ");
    RunPage.verdict(html, model.report().verdict());
    html.closeLine();
  }

  private void figures() {
    Tables table =
        Tables.begin(
            html,
            "Figure by figure; the difference is second less first, the ratio second over first",
            List.of("Figure", "First", "Second", "Difference", "Ratio"));
    for (Row row : comparison.rows()) {
      table.row(
          Cell.text(row.figure()),
          Cell.prose(row.first()),
          Cell.prose(row.second()),
          Cell.number(row.difference()),
          Cell.number(row.ratio()));
    }
    table.end();
  }

  private void chart(String id, String caption) {
    if (steps(first.steps(), second.steps()).isEmpty()) {
      html.leaf("p", "Neither journal has a committed step.");
      return;
    }
    StepCharts.figure(html, id, caption + ": the first run solid, the second dashed");
  }

  private void time() {
    SequencedMap<String, SequencedMap<Patterns, Double>> bars = new LinkedHashMap<>();
    bars.put("first", TimeSection.accounts(first.report().ledgerSeconds()));
    bars.put("second", TimeSection.accounts(second.report().ledgerSeconds()));
    TimeSection section = new TimeSection(html);
    section.bars(bars);
    section.table("Seconds by kind", bars);
  }

  private static List<Integer> steps(StepSeries first, StepSeries second) {
    TreeSet<Integer> steps = new TreeSet<>();
    first.points().forEach(point -> steps.add(point.step()));
    second.points().forEach(point -> steps.add(point.step()));
    return List.copyOf(steps);
  }

  private static List<Chart> charts(StepSeries first, StepSeries second) {
    List<Integer> x = steps(first, second);
    if (x.isEmpty()) {
      return List.of();
    }
    return List.of(
        new Chart(
            "chart-loss",
            x,
            "loss, nats per token",
            lines(x, first, second, Column.LOSS),
            List.of()),
        new Chart(
            "chart-seconds",
            x,
            "seconds for a step",
            lines(x, first, second, Column.SECONDS),
            List.of()));
  }

  private static List<Chart.Line> lines(
      List<Integer> x, StepSeries first, StepSeries second, Column column) {
    return List.of(
        new Chart.Line("second", "second", aligned(x, second, column)),
        new Chart.Line("first", "first", aligned(x, first, column)));
  }

  /** One run may have steps that the other has not. */
  private static List<@Nullable Double> aligned(List<Integer> x, StepSeries steps, Column column) {
    Map<Integer, @Nullable Double> values = new TreeMap<>();
    List<@Nullable Double> all = StepCharts.column(steps, column);
    int at = 0;
    for (Point point : steps.points()) {
      values.put(point.step(), all.get(at++));
    }
    List<@Nullable Double> aligned = new ArrayList<>();
    x.forEach(step -> aligned.add(values.get(step)));
    return aligned;
  }
}
