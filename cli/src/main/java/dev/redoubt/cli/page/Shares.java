package dev.redoubt.cli.page;

import dev.redoubt.cli.page.Tables.Cell;
import dev.redoubt.cli.report.Percent;
import dev.redoubt.simulator.Proportion;

/** A share with its interval, as a line and as numbers. */
final class Shares {

  private final Html html;

  Shares(Html html) {
    this.html = html;
  }

  Cell cell(Proportion share) {
    return new Cell(
        "wide",
        cell -> {
          if (share.of() == 0) {
            cell.leaf("span", "none", "class", "none");
          } else {
            line(share);
            cell.text(text(share));
          }
        });
  }

  static String text(Proportion share) {
    return "%d/%d %s %% [%s, %s]"
        .formatted(
            share.hits(),
            share.of(),
            Percent.of(share.share()),
            Percent.of(share.low()),
            Percent.of(share.high()));
  }

  /** The numbers beside it say the same, so nobody has to hear it. */
  private void line(Proportion share) {
    html.open("svg", "class", "share", "height", "12", "aria-hidden", "true");
    html.open("rect", "class", "track", "y", "3", "width", "100%", "height", "6").close();
    html.open(
        "line",
        "class",
        "span",
        "x1",
        Figures.place(share.low()),
        "x2",
        Figures.place(share.high()),
        "y1",
        "6",
        "y2",
        "6");
    html.close();
    String at = Figures.place(share.share());
    html.open("circle", "class", "dot", "cx", at, "cy", "6", "r", "4").close();
    html.close();
  }
}
