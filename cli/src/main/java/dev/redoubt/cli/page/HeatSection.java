package dev.redoubt.cli.page;

import dev.redoubt.simulator.InjectionRow;
import dev.redoubt.simulator.Proportion;
import java.util.List;
import java.util.function.Predicate;

/** Which bit of which part of the state is found, and which does harm: a map for each arm. */
final class HeatSection {

  private static final int SHADES = 5;

  private final CampaignModel model;
  private final Html html;

  HeatSection(CampaignModel model, Html html) {
    this.model = model;
    this.html = html;
  }

  void write() {
    if (model.rows().isEmpty()) {
      html.leaf("p", "There are no rows to count bits in.");
      return;
    }
    html.leaf(
        "p",
        "In per cent of those that changed a bit; a dot where none was drawn. Bits 0 to 22 are the"
            + " mantissa, 23 to 30 the exponent, 31 is the sign. Point at a cell for its counts.");
    String first = model.arms().getFirst();
    map("Harm when nobody looks", first, row -> row.outcome().harm());
    for (String arm : model.arms()) {
      map("Found under the arm " + arm, arm, InjectionRow::found);
    }
  }

  /** Too wide for a telephone: it is moved sideways, by keys too. */
  private void map(String caption, String arm, Predicate<InjectionRow> is) {
    html.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", caption);
    html.open("table", "class", "heat").leaf("caption", caption).open("thead").open("tr");
    html.leaf("th", "bit", "scope", "col");
    for (int bit = 0; bit < HeatMap.BITS; bit++) {
      html.leaf("th", Integer.toString(bit), "scope", "col");
    }
    html.close().close().open("tbody").newLine();
    HeatMap.of(model.rows(), arm, is).cells().forEach(this::row);
    html.close().close().closeLine();
  }

  private void row(String site, List<Proportion> bits) {
    html.open("tr").leaf("th", site, "scope", "row");
    for (Proportion share : bits) {
      if (share.of() == 0) {
        html.leaf("td", "\u00b7", "class", "none");
      } else {
        html.leaf(
            "td",
            percent(share),
            "class",
            "h" + shade(share),
            "title",
            share.hits() + " of " + share.of());
      }
    }
    html.closeLine();
  }

  /** Whole per cent, but 0 and 100 only for none and all. */
  static String percent(Proportion share) {
    long rounded = Math.round(share.share() * 100);
    boolean all = share.hits() == share.of();
    return rounded == 0 && share.hits() > 0
        ? "<1"
        : rounded == 100 && !all ? ">99" : Long.toString(rounded);
  }

  /** 0 for none, {@link #SHADES} for all, the others between. */
  static int shade(Proportion share) {
    return share.hits() == 0
        ? 0
        : share.hits() == share.of()
            ? SHADES
            : Math.clamp((int) Math.ceil(share.share() * (SHADES - 1)), 1, SHADES - 1);
  }
}
