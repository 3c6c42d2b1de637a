package dev.redoubt.cli.page;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A chart over the steps, as the page's script draws it.
 *
 * @param id of the figure that it is drawn into
 * @param x the steps, ascending
 * @param y what the numbers are
 * @param marks steps with something to see, and a short name of it
 */
record Chart(String id, List<Integer> x, String y, List<Line> lines, List<Mark> marks) {

  Chart {
    x = List.copyOf(x);
    lines = List.copyOf(lines);
    marks = List.copyOf(marks);
  }

  /**
   * A line.
   *
   * @param style {@code first}, {@code second}: colour, width and dashes belong to it
   * @param values one for each step; null where there is none
   */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record Line(String label, String style, List<@Nullable Double> values) {

    Line {
      // No List.copyOf: it refuses gaps. What is no finite number is no JSON either.
      List<@Nullable Double> finite = new ArrayList<>();
      for (Double value : values) {
        finite.add(value != null && Double.isFinite(value) ? value : null);
      }
      values = finite;
    }
  }

  /** A moment on the x axis. */
  record Mark(int x, String text) {}
}
