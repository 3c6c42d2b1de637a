package dev.redoubt.cli.page;

import dev.redoubt.cli.page.Tables.Cell;
import dev.redoubt.cli.report.RunOutcome.Ledger;
import dev.redoubt.cli.report.RunOutcome.NodeTime;
import dev.redoubt.cli.report.RunReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Where the time went: bars of stacked seconds, and the same as a table. */
final class TimeSection {

  private final Html html;

  TimeSection(Html html) {
    this.html = html;
  }

  void of(RunReport report) {
    SequencedMap<String, SequencedMap<Patterns, Double>> bars = new LinkedHashMap<>();
    bars.put("run", accounts(report.ledgerSeconds()));
    report.nodes().forEach(node -> bars.put(node.node(), accounts(node)));
    Double goodput = report.goodput();
    html.leaf(
        "p",
        (goodput == null
                ? "Goodput could not be taken."
                : "Goodput "
                    + Figures.decimals(3, goodput)
                    + ": useful seconds over all from the first planned step on, without start-up.")
            + " A worker with a rank spends its time as the run does.");
    bars(bars);
    table("Seconds by kind: of the run, and of each worker", bars);
  }

  static SequencedMap<Patterns, Double> accounts(Ledger ledger) {
    SequencedMap<Patterns, Double> accounts = new LinkedHashMap<>();
    accounts.put(Patterns.USEFUL, ledger.useful());
    accounts.put(Patterns.DETECT, ledger.detect());
    accounts.put(Patterns.RECOVER, ledger.recover());
    accounts.put(Patterns.REPEAT, ledger.repeat());
    accounts.put(Patterns.STALLED, ledger.stalled());
    accounts.put(Patterns.STARTUP, ledger.startup());
    return accounts;
  }

  private static SequencedMap<Patterns, Double> accounts(NodeTime node) {
    SequencedMap<Patterns, Double> accounts = new LinkedHashMap<>();
    accounts.put(Patterns.USEFUL, node.useful());
    accounts.put(Patterns.DETECT, node.detect());
    accounts.put(Patterns.RECOVER, node.recover());
    accounts.put(Patterns.REPEAT, node.repeat());
    accounts.put(Patterns.STALLED, node.stalled());
    accounts.put(Patterns.STARTUP, node.startup());
    accounts.put(Patterns.STANDBY, node.standby());
    accounts.put(Patterns.GONE, node.gone());
    return accounts;
  }

  /** All bars on one scale. */
  void bars(SequencedMap<String, SequencedMap<Patterns, Double>> bars) {
    double longest = bars.values().stream().mapToDouble(TimeSection::total).max().orElse(0);
    html.open("figure", "class", "lanes").newLine();
    bars.forEach((name, accounts) -> bar(name, accounts, longest));
    legend(html, bars);
    html.closeLine();
  }

  private void bar(String name, SequencedMap<Patterns, Double> accounts, double longest) {
    html.open("div", "class", "lane").leaf("span", name, "class", "node");
    html.open("svg", "role", "img", "height", "22", "aria-label", spoken(name, accounts));
    double at = 0;
    for (var account : accounts.entrySet()) {
      double share = longest <= 0 ? 0 : account.getValue() / longest;
      if (share > 0) {
        html.open(
            "rect",
            "x",
            Figures.place(at),
            "width",
            Figures.place(share),
            "height",
            "22",
            "class",
            account.getKey().style());
        html.leaf("title", account.getKey().meaning() + " " + Figures.seconds(account.getValue()));
        html.close();
      }
      at += share;
    }
    html.close().closeLine();
  }

  private static String spoken(String name, SequencedMap<Patterns, Double> accounts) {
    StringBuilder text = new StringBuilder(name).append(':');
    accounts.forEach(
        (kind, seconds) ->
            text.append(' ').append(kind.meaning()).append(' ').append(Figures.seconds(seconds)));
    return text.toString();
  }

  static void legend(Html html, SequencedMap<String, SequencedMap<Patterns, Double>> bars) {
    html.open("figcaption", "class", "legend");
    for (Patterns kind : Patterns.values()) {
      boolean used =
          bars.values().stream().anyMatch(accounts -> accounts.getOrDefault(kind, 0.0) > 0);
      if (used) {
        key(html, kind, kind.meaning());
      }
    }
    html.closeLine();
  }

  static void key(Html html, Patterns kind, String meaning) {
    html.open("span", "class", "key").open("svg", "width", "18", "height", "12");
    html.open("rect", "width", "18", "height", "12", "class", kind.style()).close();
    html.close().text(" " + meaning).close();
  }

  void table(String caption, SequencedMap<String, SequencedMap<Patterns, Double>> bars) {
    List<Patterns> kinds =
        List.of(Patterns.values()).stream()
            .filter(kind -> bars.values().stream().anyMatch(bar -> bar.containsKey(kind)))
            .toList();
    List<String> columns = new ArrayList<>(List.of("Of"));
    kinds.forEach(kind -> columns.add(kind.meaning()));
    columns.add("all");
    Tables table = Tables.begin(html, caption, columns);
    bars.forEach(
        (name, accounts) -> {
          List<Cell> cells = new ArrayList<>(List.of(Cell.text(name)));
          kinds.forEach(kind -> cells.add(seconds(accounts.get(kind))));
          cells.add(seconds(total(accounts)));
          table.row(cells);
        });
    table.end();
  }

  private static Cell seconds(@Nullable Double seconds) {
    return Cell.number(seconds == null ? "-" : Figures.decimals(3, seconds));
  }

  private static double total(SequencedMap<Patterns, Double> accounts) {
    return accounts.values().stream().mapToDouble(seconds -> seconds).sum();
  }
}
