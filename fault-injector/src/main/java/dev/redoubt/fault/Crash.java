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
 * @param outOfMemory whether it ends because its memory is used up, and not because its power is
 *     cut
 */
public record Crash(
    String id, When when, Victim target, OptionalInt returnsAfter, boolean outOfMemory)
    implements Fault {

  /** The kind in scenario files. */
  public static final String KIND = "crash";

  /** The kind in scenario files of one that ends because its memory is used up. */
  public static final String OUT_OF_MEMORY = "out-of-memory";

  /** A machine that stays away. */
  public Crash(String id, When when, Victim target) {
    this(id, when, target, OptionalInt.empty());
  }

  /** A machine whose power is cut. */
  public Crash(String id, When when, Victim target, OptionalInt returnsAfter) {
    this(id, when, target, returnsAfter, false);
  }

  @Override
  public String kind() {
    return outOfMemory ? OUT_OF_MEMORY : KIND;
  }
}
