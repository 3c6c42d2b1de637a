package dev.redoubt.fault;

import java.util.OptionalInt;

/**
 * The machine is gone from one moment to the next, with everything in its memory.
 *
 * @param id of the fault in its plan
 * @param when it strikes
 * @param target whom it strikes
 * @param returnsAfter so many committed steps later the machine is there again, with empty memory
 *     and a new name; empty if it stays away
 */
public record Crash(String id, When when, Victim target, OptionalInt returnsAfter)
    implements Fault {

  /** The kind in scenario files. */
  public static final String KIND = "crash";

  /** A machine that stays away. */
  public Crash(String id, When when, Victim target) {
    this(id, when, target, OptionalInt.empty());
  }

  @Override
  public String kind() {
    return KIND;
  }
}
