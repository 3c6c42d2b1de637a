package dev.redoubt.fault;

/**
 * The machine computes gradients more slowly than it could, and otherwise rightly.
 *
 * @param id of the fault in its plan
 * @param when it begins
 * @param target whom it strikes; a rank that goes to another machine is slow no more
 * @param factor by which the time of each gradient is stretched, above 1
 * @param steps that it lasts, tries of the same step counted once
 */
public record Slow(String id, When when, Target target, double factor, int steps) implements Fault {

  /** The kind in scenario files. */
  public static final String KIND = "slow";

  /** Checks factor and length. */
  public Slow {
    if (!(factor > 1) || steps < 1) {
      throw new IllegalArgumentException(
          "a slow machine is so by a factor above 1 and for at least 1 step, not %s and %d"
              .formatted(factor, steps));
    }
  }

  @Override
  public String kind() {
    return KIND;
  }
}
