package dev.redoubt.cli.campaign;

import dev.redoubt.cli.report.Percent;
import dev.redoubt.simulator.Proportion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A table, once for programs (CSV, a number in each cell) and once for people. A cell is a text, a
 * number or a {@link Proportion}; the last is five columns for programs.
 *
 * @param name of the file, without its end
 * @param title for people
 * @param shares so many columns, the last ones, are of proportions
 */
record Table(String name, String title, List<String> columns, int shares, List<List<Object>> rows) {

  private static final List<String> PARTS = List.of("", "Of", "Share", "Low", "High");

  Table {
    columns = List.copyOf(columns);
    rows = rows.stream().map(List::copyOf).toList();
    for (List<Object> row : rows) {
      if (row.size() != columns.size()) {
        throw new IllegalArgumentException(name + " has a row of " + row.size() + " cells");
      }
      for (int i = 0; i < row.size(); i++) {
        if (row.get(i) instanceof Proportion != (i >= row.size() - shares)) {
          throw new IllegalArgumentException(name + " has " + row.get(i) + " as " + columns.get(i));
        }
      }
    }
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  /** With a line of names first. */
  String csv() {
    StringBuilder text = new StringBuilder();
    text.append(String.join(",", cellNames())).append('\n');
    for (List<Object> row : rows) {
      text.append(String.join(",", row.stream().flatMap(cell -> cells(cell).stream()).toList()));
      text.append('\n');
    }
    return text.toString();
  }

  private List<String> cellNames() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      String column = columns.get(i);
      if (isProportion(i)) {
        PARTS.forEach(part -> names.add(column + part));
      } else {
        names.add(column);
      }
    }
    return names;
  }

  private boolean isProportion(int column) {
    return column >= columns.size() - shares;
  }

  private static List<String> cells(Object cell) {
    return switch (cell) {
      case Proportion share ->
          List.of(
              Long.toString(share.hits()),
              Long.toString(share.of()),
              share.of() == 0 ? "" : number(share.share()),
              number(share.low()),
              number(share.high()));
      case Double number -> List.of(number(number));
      default -> List.of(cell.toString());
    };
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6f", value);
  }

  /** The rows as a list of maps from the name of a column to its cell, all texts. */
  List<Map<String, String>> records() {
    List<String> names = cellNames();
    List<Map<String, String>> records = new ArrayList<>();
    for (List<Object> row : rows) {
      List<String> cells = row.stream().flatMap(cell -> cells(cell).stream()).toList();
      Map<String, String> record = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        record.put(names.get(i), cells.get(i));
      }
      records.add(record);
    }
    return records;
  }

  /** The title, the columns under each other; numbers stand at the right. */
  String text() {
    List<List<String>> shown = new ArrayList<>();
    shown.add(columns);
    rows.forEach(row -> shown.add(row.stream().map(Table::shown).toList()));
    int[] widths = new int[columns.size()];
    for (List<String> row : shown) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder(title).append('\n');
    for (List<String> row : shown) {
      StringBuilder line = new StringBuilder(" ");
      for (int i = 0; i < widths.length; i++) {
        boolean words = !rows.isEmpty() && rows.getFirst().get(i) instanceof String;
        String pad = " ".repeat(widths[i] - row.get(i).length());
        line.append(' ').append(words ? row.get(i) + pad : pad + row.get(i)).append(' ');
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static String shown(Object cell) {
    return switch (cell) {
      case Proportion share when share.of() == 0 -> "none";
      case Proportion share ->
          "%d/%d %s %% [%s, %s]"
              .formatted(
                  share.hits(),
                  share.of(),
                  Percent.of(share.share()),
                  Percent.of(share.low()),
                  Percent.of(share.high()));
      case Double number -> String.format(Locale.ROOT, "%.4g", number);
      default -> cell.toString();
    };
  }
}
