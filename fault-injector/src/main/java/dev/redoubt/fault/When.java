package dev.redoubt.fault;

/**
 * When a fault strikes.
 *
 * @param step the first step is 1
 * @param phase within that step
 */
public record When(long step, Phase phase) {

  /** Checks the step. */
  public When {
    if (step < 1) {
      throw new IllegalArgumentException("the first step is 1, not " + step);
    }
  }
}
