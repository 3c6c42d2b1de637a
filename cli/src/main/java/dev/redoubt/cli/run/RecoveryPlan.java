package dev.redoubt.cli.run;

/**
 * What is trained, and when a worker is lost.
 *
 * @param model a preset
 * @param steps that are committed before the loss
 * @param every so many steps the baseline writes a checkpoint
 */
public record RecoveryPlan(String model, int steps, int every) {

  /** The fault after which a spare takes over, or the job is started again. */
  static final String FIRST = "first";

  /** The fault after which no spare is left, and the pod is dissolved. */
  static final String SECOND = "second";

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

  /** Steps that the baseline has to do again, by its files. */
  public int replayed() {
    return steps % every;
  }

  /** Tokens of a step. */
  public int tokens() {
    return 4 * 2 * 64;
  }

  /** Two losses, and a spare for one of them. */
  String inMemory() {
    return text(1, kill(FIRST, steps + 1), kill(SECOND, steps + BETWEEN + 1));
  }

  /** One loss; no spare that would wait in vain. */
  String onDisk() {
    return text(0, kill(FIRST, steps + 1));
  }

  /** As long in every case: the last step is part of what makes the bits. */
  private String text(int spares, String... kills) {
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
        .formatted(spares, model, steps + BETWEEN + 2, String.join(", ", kills));
  }

  private static String kill(String id, int step) {
    return "{id: %s, at: {step: %d}, inject: {kind: crash, target: {pod: 1, rank: 0}}}"
        .formatted(id, step);
  }
}
