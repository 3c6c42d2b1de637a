package dev.redoubt.fault;

/**
 * Planned maintenance: the machine is asked to leave, does its step to the end, and goes. Nothing
 * breaks, and nothing may be done twice for it.
 *
 * @param id of the fault in its plan
 * @param when the controller is asked for it, as it plans a step
 * @param target who leaves: whoever holds the rank then
 */
public record Drain(String id, When when, Target target) implements Fault {

  /** The kind in scenario files. */
  public static final String KIND = "drain";

  /** Checks the phase. */
  public Drain {
    if (when.phase() != Phase.PLAN) {
      throw new IllegalArgumentException("a drain is asked for as a step is planned, not " + when);
    }
  }

  @Override
  public String kind() {
    return KIND;
  }
}
