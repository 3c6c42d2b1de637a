package dev.redoubt.cli.run;

/**
 * What is trained, and when a worker is lost.
 *
 * @param model a preset
 * @param steps that the baseline commits before the loss; in memory, where it makes no difference,
 *     at most {@value #WARM_STEPS} come before it
 * @param every so many steps the baseline writes a checkpoint
 */
public record RecoveryPlan(String model, int steps, int every) {

  /** The fault after which a spare takes over, or the job is started again. */
  static final String FIRST = "first";

  /** The fault after which no spare is left, and the pod is dissolved. */
  static final String SECOND = "second";

  /** So many are enough for code to be compiled. */
  static final int WARM_STEPS = 10;

  /** Steps from the one loss to the other. */
  private static final int BETWEEN = 4;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if there would be no checkpoint before the loss
   */
  public RecoveryPlan {
    if (every < 1 || steps < every) {
      throw new IllegalArgumentException(
          "a worker is lost after at least one checkpoint: steps is at least every = %d, not %d"
              .formatted(every, steps));
    }
  }

  /** Steps before the first loss in memory. */
  int before() {
    return Math.min(steps, WARM_STEPS);
  }

  /** Tokens of a step. */
  public int tokens() {
    return 4 * 2 * 64;
  }

  /** Two losses, and a spare for one of them. */
  String inMemory() {
    int second = before() + BETWEEN + 1;
    return text(1, second + 1, kill(FIRST, before() + 1), kill(SECOND, second));
  }

  /** One loss; no spare that would wait in vain. */
  String onDisk() {
    return text(0, steps + 2, kill(FIRST, steps + 1));
  }

  private String text(int spares, int all, String... kills) {
    return """
        apiVersion: redoubt/v1
        name: bench-recovery
        seed: 7
        mode: processes
        cluster: {pods: 2, workersPerPod: 1, spares: %d, controllers: 1}
        model: %s
        train: {steps: %d, microbatches: 4, sequenceLength: 64, batchSize: 2}
        timeouts: {joinMillisMax: 300000}
        faults: [%s]
        """
        .formatted(spares, model, all, String.join(", ", kills));
  }

  private static String kill(String id, int step) {
    return "{id: %s, at: {step: %d}, inject: {kind: crash, target: {pod: 1, rank: 0}}}"
        .formatted(id, step);
  }
}
