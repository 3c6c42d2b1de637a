package dev.redoubt.simulator;

/**
 * A training without faults, and who gave an alarm all the same.
 *
 * @param index of the training, from 0
 * @param seed of its parameters and of the order of its data
 * @param steps that were trained
 * @param alarms all of them false
 * @param detectors that gave them, with a blank between; empty if none did
 * @param golden whether every copy ended on the bits of the same training in one process
 */
public record CleanRow(
    long index, long seed, int steps, int alarms, String detectors, boolean golden) {

  /** The names of the columns, in order. */
  public static final String HEADER = "index,seed,steps,alarms,detectors,golden";

  private static final int COLUMNS = HEADER.split(",").length;

  /** The line, without its end. */
  public String csv() {
    return "%d,%d,%d,%d,%s,%b".formatted(index, seed, steps, alarms, detectors, golden);
  }

  /**
   * Reads what {@link #csv} writes.
   *
   * @throws IllegalArgumentException if it is no such line
   */
  public static CleanRow parse(String line) {
    String[] cells = line.split(",", -1);
    if (cells.length != COLUMNS) {
      throw new IllegalArgumentException(
          "a row has %d cells, not %d: %s".formatted(COLUMNS, cells.length, line));
    }
    return new CleanRow(
        Long.parseLong(cells[0]),
        Long.parseLong(cells[1]),
        Integer.parseInt(cells[2]),
        Integer.parseInt(cells[3]),
        cells[4],
        Boolean.parseBoolean(cells[5]));
  }
}
