package dev.redoubt.fault;

/**
 * How long a fault lasts. One that lasts stays with the machine that it struck first, whatever rank
 * that has later, and strikes when a step is done again, too.
 *
 * @param steps from the first on, at least 1
 * @param probability with which it strikes when it could, above 0 and at most 1
 */
public record Recurrence(int steps, double probability) {

  /** It strikes one time. */
  public static final Recurrence ONCE = new Recurrence(1, 1);

  /** Checks the ranges. */
  public Recurrence {
    if (steps < 1 || !(probability > 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          "a fault lasts at least 1 step and strikes with a probability above 0 and at most 1, not"
              + " %d and %s".formatted(steps, probability));
    }
  }

  /** Whether it strikes one time only. */
  public boolean once() {
    return equals(ONCE);
  }
}
