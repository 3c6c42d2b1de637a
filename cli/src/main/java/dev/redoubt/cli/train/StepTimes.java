package dev.redoubt.cli.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** How long the steps of a training took. */
final class StepTimes {
  /** Of the time that is left, so much is planned to be used. */
  private static final double USE = 0.97;

  private static final int RECENT = 10;
  private static final double STEPS_MAX = 1e9;

  private final int warmup;
  private final List<Double> seconds = new ArrayList<>();

  /** In the first {@code warmup} steps the JVM compiles. */
  StepTimes(int warmup) {
    this.warmup = warmup;
  }

  void add(double stepSeconds) {
    seconds.add(stepSeconds);
  }

  /** The median of the last ten. */
  double recent() {
    return quantile(last(RECENT), 0.5);
  }

  /** The steps after the warm-up, if there are at least as many of them; all otherwise. */
  List<Double> measured() {
    return seconds.size() >= 2 * warmup
        ? seconds.subList(warmup, seconds.size())
        : Collections.unmodifiableList(seconds);
  }

  double measured(double share) {
    return quantile(measured(), share);
  }

  /**
   * How many more steps will fit, by the faster half of the last half of those so far: the JVM goes
   * on to compile, and a run that is out of time has a learning rate that did not come down.
   */
  int thatFit(double secondsLeft) {
    double step = quantile(last(Math.max(1, seconds.size() / 2)), 0.25);
    return (int) Math.clamp(USE * secondsLeft / step, 0, STEPS_MAX);
  }

  private List<Double> last(int count) {
    return seconds.subList(Math.max(0, seconds.size() - count), seconds.size());
  }

  /** The nearest rank. */
  private static double quantile(List<Double> values, double share) {
    List<Double> sorted = values.stream().sorted().toList();
    int rank = (int) Math.ceil(share * sorted.size());
    return sorted.get(Math.clamp(rank - 1, 0, sorted.size() - 1));
  }
}
