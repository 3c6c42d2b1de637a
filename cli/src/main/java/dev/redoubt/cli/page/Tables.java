package dev.redoubt.cli.page;

import java.util.List;
import java.util.function.Consumer;

/**
 * A table with a caption. On a narrow screen each row becomes a card, whose lines have the names of
 * the columns before them; so every cell carries its column's name.
 */
final class Tables {

  /**
   * A cell.
   *
   * @param style classes; {@code n} for a number
   * @param content writes what is in it
   */
  record Cell(String style, Consumer<Html> content) {

    static Cell text(String text) {
      return new Cell("", html -> html.text(text));
    }

    static Cell number(String text) {
      return new Cell("n", html -> html.text(text));
    }

    /** A text that may have words too long for a column. */
    static Cell prose(String text) {
      return new Cell("long", html -> html.text(text));
    }

    /** A long word of a machine, such as a digest. */
    static Cell code(String text) {
      return new Cell("", html -> html.leaf("code", text));
    }

    /** A judgement: a sign and a word, and a colour that says the same. */
    static Cell verdict(String style, String text) {
      return new Cell("", html -> html.leaf("span", text, "class", "word " + style));
    }
  }

  private final Html html;
  private final List<String> columns;
  private boolean headed;

  private Tables(Html html, List<String> columns) {
    this.html = html;
    this.columns = List.copyOf(columns);
  }

  /** Opens a table; {@link #end} closes it. */
  static Tables begin(Html html, String caption, List<String> columns) {
    html.open("table").leaf("caption", caption).newLine();
    return new Tables(html, columns);
  }

  /** Written with the first row, which tells which columns are of numbers. */
  private void head(List<Cell> first) {
    html.open("thead").open("tr");
    for (int i = 0; i < columns.size(); i++) {
      html.leaf("th", columns.get(i), "scope", "col", "class", first.get(i).style());
    }
    html.close().close().open("tbody").newLine();
    headed = true;
  }

  /** A row whose first cell names it. */
  void row(Cell... cells) {
    row(List.of(cells));
  }

  void row(List<Cell> cells) {
    if (cells.size() != columns.size()) {
      throw new IllegalArgumentException(cells.size() + " cells in " + columns.size() + " columns");
    }
    if (!headed) {
      head(cells);
    }
    html.open("tr");
    for (int i = 0; i < cells.size(); i++) {
      Cell cell = cells.get(i);
      if (i == 0) {
        html.open("th", "scope", "row", "class", cell.style());
      } else {
        html.open("td", "data-label", columns.get(i), "class", cell.style());
      }
      html.open("div");
      cell.content().accept(html);
      html.close().close();
    }
    html.closeLine();
  }

  /** Closes the table; one without a row has no columns either. */
  void end() {
    if (headed) {
      html.close();
    }
    html.closeLine();
  }
}
