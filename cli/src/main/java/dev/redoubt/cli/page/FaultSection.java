package dev.redoubt.cli.page;

import dev.redoubt.cli.page.Tables.Cell;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.scenario.Effect;
import dev.redoubt.cli.scenario.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The ledger of faults: what was asked, whether it struck, who saw it, what was done. */
final class FaultSection {

  private final RunModel model;
  private final Html html;

  FaultSection(RunModel model, Html html) {
    this.model = model;
    this.html = html;
  }

  void write() {
    List<FaultReport> faults = model.report().faults();
    if (faults.isEmpty()) {
      html.leaf("p", "The scenario has no faults.");
      return;
    }
    ledger(faults);
    axes(faults);
  }

  private void ledger(List<FaultReport> faults) {
    Tables table =
        Tables.begin(
            html,
            "Every fault, from what the scenario asked to what was left of it",
            List.of(
                "Fault", "Asked", "Struck", "Evidence", "Found by", "Blamed", "Handled", "Effect"));
    for (FaultReport fault : faults) {
      table.row(
          name(fault),
          Cell.prose(model.asked().getOrDefault(fault.id(), "drawn by the storm")),
          struck(fault),
          Cell.prose(fault.evidence()),
          Cell.text(found(fault)),
          blamed(fault),
          Cell.text(fault.response().word()),
          effect(fault));
    }
    table.end();
  }

  private static Cell name(FaultReport fault) {
    return new Cell(
        "",
        cell -> {
          cell.text(fault.id());
          if (!fault.id().equals(fault.kind())) {
            cell.open("br").leaf("small", fault.kind());
          }
        });
  }

  private static Cell struck(FaultReport fault) {
    return fault.struck()
        ? Cell.verdict("good", "step " + Figures.orDash(fault.struckAtStep()))
        : Cell.verdict("bad", "no");
  }

  /** The detector, how many steps later, and after which time. */
  private static String found(FaultReport fault) {
    if (!fault.detected()) {
      return "nobody";
    }
    Integer struck = fault.struckAtStep();
    Integer detected = fault.detectedAtStep();
    String steps =
        struck == null || detected == null
            ? ""
            : ", " + (detected.equals(struck) ? "same step" : detected - struck + " steps later");
    String by = fault.detectedBy() == null ? "somebody" : fault.detectedBy().word();
    Double latency = fault.latencySeconds();
    return by + steps + (latency == null ? "" : ", after " + Figures.seconds(latency));
  }

  private static Cell blamed(FaultReport fault) {
    String blamed = fault.blamed();
    if (blamed == null) {
      return Cell.text("-");
    }
    Boolean right = fault.blamedRight();
    return right == null
        ? Cell.text(blamed)
        : right ? Cell.verdict("good", blamed) : Cell.verdict("bad", blamed + " (wrong)");
  }

  private static Cell effect(FaultReport fault) {
    Effect effect = fault.effect();
    return effect == null
        ? Cell.verdict("open", "cannot be told")
        : effect == Effect.ESCAPED || effect == Effect.LOST
            ? Cell.verdict("bad", effect.word())
            : Cell.text(effect.word());
  }

  /** How many faults there are for each effect and each response. */
  private void axes(List<FaultReport> faults) {
    Map<String, Map<Response, Integer>> counts = new TreeMap<>();
    Map<Response, Integer> totals = new TreeMap<>();
    for (FaultReport fault : faults) {
      Effect effect = fault.effect();
      counts
          .computeIfAbsent(effect == null ? "cannot be told" : effect.word(), e -> new TreeMap<>())
          .merge(fault.response(), 1, Integer::sum);
      totals.merge(fault.response(), 1, Integer::sum);
    }
    List<String> columns = new ArrayList<>(List.of("Effect"));
    totals.keySet().forEach(response -> columns.add(response.word()));
    columns.add("all");
    Tables table =
        Tables.begin(
            html, "Both axes: what the faults did (rows), what was done about it", columns);
    counts.forEach((effect, row) -> table.row(cells(effect, row, totals)));
    table.row(cells("all", totals, totals));
    table.end();
  }

  private static List<Cell> cells(
      String name, Map<Response, Integer> row, Map<Response, Integer> totals) {
    List<Cell> cells = new ArrayList<>(List.of(Cell.text(name)));
    totals
        .keySet()
        .forEach(
            response -> cells.add(Cell.number(Integer.toString(row.getOrDefault(response, 0)))));
    cells.add(Cell.number(Integer.toString(row.values().stream().mapToInt(n -> n).sum())));
    return cells;
  }
}
