package dev.redoubt.simulator;

import dev.redoubt.fault.BitFlip;
import java.util.Locale;
import java.util.Objects;

/**
 * One injection under one arm, and what became of it: a line of a campaign's rows.
 *
 * @param index of the injection, from 0
 * @param arm by its name
 * @param stratum by its label
 */
public record InjectionRow(long index, String arm, String stratum, Place place, Outcome outcome) {

  /** The names of the columns, in order. */
  public static final String HEADER =
      "index,arm,stratum,kind,site,tensor,element,bit,step,worker,struck,harm,effect,response,"
          + "detectedBy,detectedAtStep,latencySteps,blamed,blamedRight,golden";

  private static final int COLUMNS = HEADER.split(",").length;

  /**
   * What was struck, and when.
   *
   * @param kind of the fault
   * @param worker the rank, such as {@code pod1/rank0}
   */
  public record Place(
      String kind, String site, String tensor, long element, int bit, long step, String worker) {

    /** Of a flip. */
    static Place of(BitFlip flip) {
      return new Place(
          flip.kind(),
          flip.site().kebab(),
          flip.tensor(),
          flip.element(),
          flip.bit(),
          flip.when().step(),
          "pod" + flip.target().pod() + "/rank" + flip.target().rank());
    }
  }

  /** The row of a flip. */
  public static InjectionRow of(
      long index, String arm, Stratum stratum, BitFlip flip, Outcome outcome) {
    return new InjectionRow(index, arm, stratum.label(), Place.of(flip), outcome);
  }

  /** Steps from the strike to the first alarm, 0 in the same step; -1 if there was none. */
  public long latencySteps() {
    return found() ? outcome.detectedAtStep() - place.step() : -1;
  }

  /** Whether a detector gave an alarm. */
  public boolean found() {
    return outcome.detectedBy() != null;
  }

  /** The line, without its end; what there is not is empty. */
  public String csv() {
    return String.join(
        ",",
        Long.toString(index),
        arm,
        stratum,
        place.kind,
        place.site,
        place.tensor,
        Long.toString(place.element),
        Integer.toString(place.bit),
        Long.toString(place.step),
        place.worker,
        Boolean.toString(outcome.activated()),
        Boolean.toString(outcome.harm()),
        kebab(outcome.effect()),
        kebab(outcome.response()),
        Objects.requireNonNullElse(outcome.detectedBy(), ""),
        found() ? Long.toString(outcome.detectedAtStep()) : "",
        found() ? Long.toString(latencySteps()) : "",
        Objects.requireNonNullElse(outcome.blamed(), ""),
        outcome.blamedRight() == null ? "" : outcome.blamedRight().toString(),
        Boolean.toString(outcome.golden()));
  }

  /**
   * Reads what {@link #csv} writes.
   *
   * @throws IllegalArgumentException if it is no such line
   */
  public static InjectionRow parse(String line) {
    String[] cells = line.split(",", -1);
    if (cells.length != COLUMNS) {
      throw new IllegalArgumentException(
          "a row has %d cells, not %d: %s".formatted(COLUMNS, cells.length, line));
    }
    Place place =
        new Place(
            cells[3],
            cells[4],
            cells[5],
            Long.parseLong(cells[6]),
            Integer.parseInt(cells[7]),
            Long.parseLong(cells[8]),
            cells[9]);
    Outcome outcome =
        new Outcome(
            Boolean.parseBoolean(cells[10]),
            Boolean.parseBoolean(cells[11]),
            Effect.valueOf(constant(cells[12])),
            Response.valueOf(constant(cells[13])),
            cells[14].isEmpty() ? null : cells[14],
            cells[15].isEmpty() ? -1 : Long.parseLong(cells[15]),
            cells[17].isEmpty() ? null : cells[17],
            cells[18].isEmpty() ? null : Boolean.valueOf(cells[18]));
    InjectionRow row =
        new InjectionRow(Long.parseLong(cells[0]), cells[1], cells[2], place, outcome);
    if (!row.csv().equals(line)) {
      throw new IllegalArgumentException("a row contradicts itself: " + line);
    }
    return row;
  }

  /** The word of a constant in files. */
  public static String kebab(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String constant(String kebab) {
    return kebab.toUpperCase(Locale.ROOT).replace('-', '_');
  }
}
