package dev.redoubt.redundancy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * How likely each of several schemes is to keep the state when 1, 2, ... machines are lost at once,
 * and when 1, 2, ... whole pods are.
 *
 * @param mesh that the figures are for
 * @param schemes the columns
 * @param machines a row for each number of lost machines from 1 on
 * @param pods a row for each number of lost pods from 1 on
 */
public record SurvivalTable(
    Shape mesh, List<Scheme> schemes, List<List<Chance>> machines, List<List<Chance>> pods) {

  public SurvivalTable {
    schemes = List.copyOf(schemes);
    machines = machines.stream().map(List::copyOf).toList();
    pods = pods.stream().map(List::copyOf).toList();
  }

  /**
   * Computes the table.
   *
   * @param schemes each must fit the mesh
   * @param lostMax the most losses to print a row for; rows end where nobody is left
   */
  public static SurvivalTable of(Shape mesh, List<Scheme> schemes, int lostMax) {
    List<Survival> survivals = schemes.stream().map(scheme -> scheme.survival(mesh)).toList();
    return new SurvivalTable(
        mesh,
        schemes,
        rows(survivals, Math.min(lostMax, mesh.workers()), Survival::machines),
        rows(survivals, Math.min(lostMax, mesh.pods()), Survival::pods));
  }

  private interface Question {
    Chance ask(Survival survival, int lost);
  }

  private static List<List<Chance>> rows(List<Survival> columns, int rows, Question question) {
    return IntStream.rangeClosed(1, rows)
        .mapToObj(lost -> columns.stream().map(column -> question.ask(column, lost)).toList())
        .toList();
  }

  /** The table as lines of text, columns aligned. */
  public List<String> lines() {
    List<List<String>> cells = cells();
    List<Integer> widths =
        IntStream.range(0, cells.getFirst().size())
            .map(column -> cells.stream().mapToInt(row -> row.get(column).length()).max().orElse(0))
            .boxed()
            .toList();
    return cells.stream().map(row -> aligned(row, widths)).toList();
  }

  /** The table in Markdown. */
  public List<String> markdown() {
    List<String> lines = new ArrayList<>();
    for (List<String> row : cells()) {
      lines.add("| " + String.join(" | ", row) + " |");
      if (lines.size() == 1) {
        lines.add("|---".repeat(row.size()) + "|");
      }
    }
    return lines;
  }

  private List<List<String>> cells() {
    List<List<String>> cells = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of("lost at once"));
    schemes.forEach(scheme -> head.add(scheme.title()));
    cells.add(head);
    Function<Integer, String> machine = lost -> lost == 1 ? "1 machine" : lost + " machines";
    Function<Integer, String> pod = lost -> lost == 1 ? "1 pod" : lost + " pods";
    add(cells, machines, machine);
    add(cells, pods, pod);
    return cells;
  }

  private static void add(
      List<List<String>> cells, List<List<Chance>> rows, Function<Integer, String> name) {
    for (int row = 0; row < rows.size(); row++) {
      List<String> line = new ArrayList<>(List.of(name.apply(row + 1)));
      rows.get(row).forEach(chance -> line.add(chance.toString()));
      cells.add(line);
    }
  }

  private static String aligned(List<String> row, List<Integer> widths) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < row.size(); column++) {
      String cell = row.get(column);
      line.append(cell).append(" ".repeat(widths.get(column) - cell.length() + 2));
    }
    return line.toString().stripTrailing();
  }
}
