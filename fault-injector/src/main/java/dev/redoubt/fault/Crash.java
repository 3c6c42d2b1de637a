package dev.redoubt.fault;

/**
 * The worker is gone from one moment to the next, with everything in its memory.
 *
 * @param id of the fault in its plan
 * @param when it strikes
 * @param target whom it strikes
 */
public record Crash(String id, When when, Target target) implements Fault {

  /** The kind in scenario files. */
  public static final String KIND = "crash";

  @Override
  public String kind() {
    return KIND;
  }
}
