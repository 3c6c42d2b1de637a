package dev.redoubt.trainer.program;

import java.util.List;

/**
 * Where a rank's part of each parameter stands in the caller's memory; the gradient has the same
 * layout.
 *
 * @param floats of the whole region
 * @param entries in the order of their offsets
 */
public record Region(long floats, List<Entry> entries) {

  /**
   * One parameter.
   *
   * @param name of the parameter
   * @param offset in floats from the region's start
   * @param rows of the rank's part
   * @param columns of the rank's part
   */
  public record Entry(String name, long offset, int rows, int columns) {

    long end() {
      return offset + (long) rows * columns;
    }
  }

  /** Keeps a copy of the list. */
  public Region {
    entries = List.copyOf(entries);
  }

  Entry entry(String name) {
    return entries.stream()
        .filter(entry -> entry.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the layout has no tensor " + name));
  }
}
