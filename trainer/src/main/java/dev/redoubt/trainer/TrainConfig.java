package dev.redoubt.trainer;

/**
 * How a model is trained: the batch and AdamW.
 *
 * @param seed of the initial parameters and of the order of the data
 * @param steps length of the run; the state after a step depends on it only by a schedule that does
 * @param microbatches in one step; their gradients are summed in a fixed tree
 * @param batchSize sequences in a microbatch
 * @param sequenceLength tokens in a sequence
 * @param learningRate after the warm-up
 * @param warmupSteps steps over which the learning rate rises linearly; 0 for none
 * @param weightDecay decoupled; applied to matrices, not to the gains of the norms
 * @param beta1 decay of the first moment, in [0, 1)
 * @param beta2 decay of the second moment, in [0, 1)
 * @param epsilon added to the root of the second moment
 * @param clipNorm largest norm of the mean gradient; larger ones are scaled down to it
 * @param schedule of the learning rate after the warm-up
 */
public record TrainConfig(
    long seed,
    int steps,
    int microbatches,
    int batchSize,
    int sequenceLength,
    double learningRate,
    int warmupSteps,
    double weightDecay,
    double beta1,
    double beta2,
    double epsilon,
    double clipNorm,
    LearningSchedule schedule) {

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  public TrainConfig {
    require(steps > 0, "steps must be positive, not " + steps);
    require(microbatches > 0, "microbatches must be positive, not " + microbatches);
    require(batchSize > 0, "batchSize must be positive, not " + batchSize);
    require(sequenceLength > 0, "sequenceLength must be positive, not " + sequenceLength);
    require(positive(learningRate), "learningRate must be positive, not " + learningRate);
    require(warmupSteps >= 0, "warmupSteps must not be negative, but is " + warmupSteps);
    require(
        weightDecay >= 0 && weightDecay <= 1, "weightDecay must be in [0, 1], not " + weightDecay);
    require(beta1 >= 0 && beta1 < 1, "beta1 must be in [0, 1), not " + beta1);
    require(beta2 >= 0 && beta2 < 1, "beta2 must be in [0, 1), not " + beta2);
    require(positive(epsilon), "epsilon must be positive, not " + epsilon);
    require(positive(clipNorm), "clipNorm must be positive, not " + clipNorm);
  }

  /** With a learning rate that stays after the warm-up. */
  public TrainConfig(
      long seed,
      int steps,
      int microbatches,
      int batchSize,
      int sequenceLength,
      double learningRate,
      int warmupSteps,
      double weightDecay,
      double beta1,
      double beta2,
      double epsilon,
      double clipNorm) {
    this(
        seed,
        steps,
        microbatches,
        batchSize,
        sequenceLength,
        learningRate,
        warmupSteps,
        weightDecay,
        beta1,
        beta2,
        epsilon,
        clipNorm,
        LearningSchedule.CONSTANT);
  }

  /** The optimizer's values that suit the presets of {@link ModelConfig}. */
  public static TrainConfig defaults(
      long seed, int steps, int microbatches, int batchSize, int sequenceLength) {
    return new TrainConfig(
        seed, steps, microbatches, batchSize, sequenceLength, 4e-3, 10, 0.01, 0.9, 0.95, 1e-8, 1.0);
  }

  /** The same training from another seed. */
  public TrainConfig withSeed(long other) {
    return new TrainConfig(
        other,
        steps,
        microbatches,
        batchSize,
        sequenceLength,
        learningRate,
        warmupSteps,
        weightDecay,
        beta1,
        beta2,
        epsilon,
        clipNorm,
        schedule);
  }

  /** The same batch and optimizer for a run of another length and learning rate. */
  public TrainConfig with(
      int newSteps, double newRate, int newWarmup, LearningSchedule newSchedule) {
    return new TrainConfig(
        seed,
        newSteps,
        microbatches,
        batchSize,
        sequenceLength,
        newRate,
        newWarmup,
        weightDecay,
        beta1,
        beta2,
        epsilon,
        clipNorm,
        newSchedule);
  }

  /**
   * The learning rate of a step: linear over the warm-up, then by the schedule.
   *
   * @param step from 1
   */
  public double learningRate(long step) {
    if (step < warmupSteps) {
      return learningRate * ((double) step / warmupSteps);
    }
    double done = (double) (step - warmupSteps) / Math.max(1, steps - warmupSteps);
    return learningRate * schedule.factor(Math.min(1, done));
  }

  /** Tokens in a microbatch. */
  int tokens() {
    return Math.multiplyExact(batchSize, sequenceLength);
  }

  private static boolean positive(double value) {
    return value > 0 && Double.isFinite(value);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
