package dev.redoubt.trainer;

/** How the learning rate goes on after the warm-up. */
public enum LearningSchedule {
  /** It stays. A run of more steps begins with the run of fewer steps. */
  CONSTANT {
    @Override
    double factor(double done) {
      return 1;
    }
  },

  /**
   * It falls along half a cosine to a tenth at the last step (Loshchilov and Hutter 2017), so the
   * bits depend on the length of the run.
   */
  COSINE {
    @Override
    double factor(double done) {
      return FLOOR + (1 - FLOOR) * (1 + StrictMath.cos(Math.PI * done)) / 2;
    }
  };

  private static final double FLOOR = 0.1;

  /**
   * The share of the full learning rate.
   *
   * @param done share of the steps after the warm-up, in [0, 1]
   */
  abstract double factor(double done);
}
