package dev.redoubt.fault;

/**
 * When a fault strikes.
 *
 * @param step the first step is 1
 * @param phase within that step
 * @param orLater whether it strikes in the first step from then on in which its target comes to the
 *     phase: nobody who asks for a fault in a run that goes can name the step
 */
public record When(long step, Phase phase, boolean orLater) {

  /** In that step, or not at all. */
  public When(long step, Phase phase) {
    this(step, phase, false);
  }

  /** Whether this is the time. */
  boolean is(long now, Phase reached) {
    return phase == reached && (orLater ? now >= step : now == step);
  }

  /** Checks the step. */
  public When {
    if (step < 1) {
      throw new IllegalArgumentException("the first step is 1, not " + step);
    }
  }
}
