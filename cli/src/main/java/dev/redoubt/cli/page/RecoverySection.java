package dev.redoubt.cli.page;

import dev.redoubt.cli.page.Tables.Cell;
import dev.redoubt.cli.report.RunOutcome.Recovery;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** How long it took to come back: by phases for each fault, and as the summary counts it. */
final class RecoverySection {

  private static final List<Patterns> LOOKS =
      List.of(Patterns.DETECT, Patterns.STALLED, Patterns.RECOVER, Patterns.REPEAT);
  private static final List<String> PHASES = List.of("noticed", "decided", "moved", "running");

  private final RunModel model;
  private final Html html;

  RecoverySection(RunModel model, Html html) {
    this.model = model;
    this.html = html;
  }

  void write() {
    phases();
    List<Recovery> recoveries = model.report().recoveries();
    if (recoveries.isEmpty()) {
      html.leaf("p", "The run had nothing to recover from.");
      return;
    }
    Tables table =
        Tables.begin(
            html,
            "Recoveries, from the alarm to the next step",
            List.of("Kind", "Step", "Time", "Steps done again"));
    for (Recovery recovery : recoveries) {
      table.row(
          Cell.text(recovery.kind()),
          Cell.number(Integer.toString(recovery.step())),
          Cell.number(Figures.seconds(recovery.seconds())),
          Cell.number(Integer.toString(recovery.stepsRepeated())));
    }
    table.end();
  }

  private void phases() {
    if (model.waysBack().isEmpty()) {
      return;
    }
    html.leaf(
        "p",
        "From the strike to the next committed step. Noticed: the first alarm. Decided: who goes"
            + " on from what. Moved: everybody stands on that version. Running: the step is"
            + " committed.");
    double longest = model.waysBack().stream().mapToDouble(WayBack::seconds).max().orElse(0);
    html.open("figure", "class", "lanes").newLine();
    model.waysBack().forEach(way -> bar(way, longest));
    html.open("figcaption", "class", "legend");
    for (int phase = 0; phase < PHASES.size(); phase++) {
      TimeSection.key(html, LOOKS.get(phase), PHASES.get(phase));
    }
    html.close().closeLine();
    table();
  }

  private void bar(WayBack way, double longest) {
    html.open("div", "class", "lane").leaf("span", way.fault(), "class", "node");
    html.open("svg", "height", "22", "role", "img", "aria-label", "see the table below");
    double at = 0;
    int look = 0;
    for (var phase : seconds(way).entrySet()) {
      double share = longest <= 0 ? 0 : phase.getValue() / longest;
      String style = LOOKS.get(look++).style();
      html.open(
          "rect",
          "x",
          Figures.place(at),
          "width",
          Figures.place(share),
          "height",
          "22",
          "class",
          style);
      html.leaf("title", phase.getKey() + " " + Figures.seconds(phase.getValue())).close();
      at += share;
    }
    html.close().closeLine();
  }

  private static SequencedMap<String, Double> seconds(WayBack way) {
    SequencedMap<String, Double> seconds = new LinkedHashMap<>();
    seconds.put(PHASES.get(0), way.noticed());
    seconds.put(PHASES.get(1), way.decided());
    seconds.put(PHASES.get(2), way.moved());
    seconds.put(PHASES.get(3), way.running());
    return seconds;
  }

  private void table() {
    Tables table =
        Tables.begin(
            html,
            "Phases of the way back from each fault that was found",
            List.of("Fault", "noticed", "decided", "moved", "running", "all"));
    for (WayBack way : model.waysBack()) {
      table.row(
          Cell.text(way.fault()),
          Cell.number(Figures.seconds(way.noticed())),
          Cell.number(Figures.seconds(way.decided())),
          Cell.number(Figures.seconds(way.moved())),
          Cell.number(Figures.seconds(way.running())),
          Cell.number(Figures.seconds(way.seconds())));
    }
    table.end();
  }
}
