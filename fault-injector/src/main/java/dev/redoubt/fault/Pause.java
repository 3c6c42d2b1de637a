package dev.redoubt.fault;

import java.time.Duration;

/**
 * The machine stands still for a while, and then goes on as if nothing had been.
 *
 * @param id of the fault in its plan
 * @param when it strikes
 * @param target whom it strikes
 * @param length of the pause
 */
public record Pause(String id, When when, Victim target, Duration length) implements Fault {

  /** The kind in scenario files. */
  public static final String KIND = "pause";

  /** Checks the length. */
  public Pause {
    if (!length.isPositive()) {
      throw new IllegalArgumentException("a pause is longer than 0, not " + length);
    }
  }

  @Override
  public String kind() {
    return KIND;
  }
}
