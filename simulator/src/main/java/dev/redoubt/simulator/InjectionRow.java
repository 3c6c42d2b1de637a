package dev.redoubt.simulator;

import dev.redoubt.fault.DataFault;
import dev.redoubt.fault.DefectiveCore;
import dev.redoubt.fault.MemoryFault;
import dev.redoubt.fault.Pattern;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One injection under one arm, and what became of it: a line of a campaign's rows.
 *
 * @param index of the injection, from 0
 * @param arm by its name
 * @param stratum by its label
 * @param diagnosis of a wrong result that was found; null of anything else
 */
public record InjectionRow(
    long index,
    String arm,
    String stratum,
    Place place,
    Outcome outcome,
    @Nullable Diagnosis diagnosis) {

  /** The names of the columns, in order. */
  public static final String HEADER =
      "index,arm,stratum,kind,site,tensor,element,bit,step,worker,struck,harm,effect,response,"
          + "detectedBy,detectedAtStep,latencySteps,blamed,blamedRight,golden,"
          + "operationRight,elementRight,bitsRight";

  private static final int COLUMNS = HEADER.split(",").length;

  /**
   * What was struck, and when.
   *
   * @param kind of the fault
   * @param site which memory; for a core its unit
   * @param tensor or operation; empty where there is none
   * @param element for a core the lane
   * @param bit the lowest that is flipped; -1 if the pattern has none
   * @param worker the rank, such as {@code pod1/rank0}
   */
  public record Place(
      String kind, String site, String tensor, long element, int bit, long step, String worker) {

    /** Of a fault. */
    static Place of(DataFault fault) {
      return switch (fault) {
        case MemoryFault memory ->
            new Place(
                fault.kind(),
                memory.place().site().kebab(),
                // A tile has a comma in its name.
                memory.place().name().replace(',', ';'),
                memory.place().element(),
                bit(memory),
                fault.when().step(),
                fault.target().toString());
        case DefectiveCore core ->
            new Place(
                fault.kind(),
                kebab(core.unit()),
                "",
                core.lane(),
                Integer.numberOfTrailingZeros(core.mask()),
                fault.when().step(),
                fault.target().toString());
      };
    }

    private static int bit(MemoryFault fault) {
      return switch (fault.pattern()) {
        case Pattern.Bits bits -> Integer.numberOfTrailingZeros(bits.mask());
        case Pattern.Stride stride -> Integer.numberOfTrailingZeros(stride.mask());
        case Pattern.Burst _, Pattern.Nulled _, Pattern.WrongOffset _, Pattern.StaleRead _ -> -1;
      };
    }
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
        Boolean.toString(outcome.golden()),
        diagnosis == null ? "" : Boolean.toString(diagnosis.operation()),
        diagnosis == null ? "" : Boolean.toString(diagnosis.element()),
        diagnosis == null ? "" : Boolean.toString(diagnosis.bits()));
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
        new InjectionRow(
            Long.parseLong(cells[0]), cells[1], cells[2], place, outcome, diagnosis(cells));
    if (!row.csv().equals(line)) {
      throw new IllegalArgumentException("a row contradicts itself: " + line);
    }
    return row;
  }

  private static @Nullable Diagnosis diagnosis(String[] cells) {
    return cells[20].isEmpty()
        ? null
        : new Diagnosis(
            Boolean.parseBoolean(cells[20]),
            Boolean.parseBoolean(cells[21]),
            Boolean.parseBoolean(cells[22]));
  }

  /** The word of a constant in files. */
  public static String kebab(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String constant(String kebab) {
    return kebab.toUpperCase(Locale.ROOT).replace('-', '_');
  }
}
