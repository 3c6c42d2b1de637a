package dev.redoubt.fault;

/**
 * One core of a machine computes some results wrong: always in the same lane of the vector unit,
 * and perhaps only for some operands, or only now and then. It stays with the machine, also when
 * that is taken off the run and comes back, and it is wrong in audits, replays and scans that the
 * machine does, too.
 *
 * <p>Results are changed after they were computed; the processor is not touched. Published defects
 * of vector units are of this shape: about 90 % strike one element at a time, 98.5 % one lane, more
 * than 75 % of them multiply-adds (SEVI, 2023; Hochschild et al., Cores that don't count, 2021).
 *
 * @param id of the fault in its plan
 * @param when it begins
 * @param target whose machine it is at that time: of somebody with a rank, or of a spare
 * @param unit which operations
 * @param lane 0 to 15: results in columns that are this number modulo 16
 * @param mask of the result's bits that are flipped, not 0
 * @param operandMask of the bits of an operand that must match; 0 is whatever they are
 * @param operandPattern that they must match
 * @param recurrence how many steps it lasts, and the probability for each result that could be hit
 */
public record DefectiveCore(
    String id,
    When when,
    Victim target,
    Unit unit,
    int lane,
    int mask,
    int operandMask,
    int operandPattern,
    Recurrence recurrence)
    implements DataFault {

  /** The kind in scenario files. */
  public static final String KIND = "defective-core";

  /** Lanes of the logical vector, whatever the processor has. */
  public static final int LANES = 16;

  /** Which operations a defect is in. */
  public enum Unit {
    /** Matrix products, which are all multiply-adds. */
    FMA,
    /** Every operation that computes floats. */
    ALL
  }

  /** Checks the ranges. */
  public DefectiveCore {
    require(lane >= 0 && lane < LANES, id, "lanes are 0 to 15, not " + lane);
    require(mask != 0, id, "at least one bit is to be flipped");
    require(
        (operandPattern & ~operandMask) == 0,
        id,
        "pattern 0x%08x has bits outside of mask 0x%08x".formatted(operandPattern, operandMask));
    require(when.phase() == Phase.COMPUTE, id, "a core is defective in the phase compute");
    require(!(target instanceof TheController), id, "the controller computes no results");
  }

  private static void require(boolean holds, String id, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("fault '" + id + "': " + rule);
    }
  }

  @Override
  public String kind() {
    return KIND;
  }

  /**
   * Whether it flips a result.
   *
   * @param column of the result
   * @param operand bits of the operand that goes with it
   * @param number of the result among all that the machine has computed since
   */
  boolean strikes(int column, int operand, long number) {
    return column % LANES == lane
        && (operand & operandMask) == operandPattern
        && Draw.happens(recurrence.probability(), id.hashCode(), number);
  }
}
