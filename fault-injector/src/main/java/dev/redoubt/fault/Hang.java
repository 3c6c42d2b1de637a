package dev.redoubt.fault;

/**
 * The machine stands still for good: it says nothing, does nothing, and its connections stay open.
 *
 * @param id of the fault in its plan
 * @param when it strikes
 * @param target whom it strikes
 */
public record Hang(String id, When when, Victim target) implements Fault {

  /** The kind in scenario files. */
  public static final String KIND = "hang";

  @Override
  public String kind() {
    return KIND;
  }
}
