package dev.redoubt.trainer;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A screen on a worker's own gradients: NaN, infinity, or a norm out of all proportion to the last
 * ones. It sees huge values and nearly nothing else; the limit is so wide that a spike of an honest
 * training stays below it.
 */
public final class GradientScreen {

  /** Alarm above so many times the median of the last norms. */
  public static final double PROPORTION_MAX = 1000;

  private static final int MEMORY = 16;

  /** So many norms are only learnt before any is judged. */
  public static final int LEARNING = 4;

  private final Deque<Double> norms = new ArrayDeque<>();

  /**
   * Looks at the gradient of one microbatch.
   *
   * @param squaredNorm of it
   * @param loss of it, in nats a token
   * @return what is wrong with it, or null
   */
  public @Nullable String look(int microbatch, double squaredNorm, double loss) {
    double norm = Math.sqrt(squaredNorm);
    if (!Double.isFinite(norm) || !Double.isFinite(loss)) {
      return "the gradient of microbatch %d is not finite: norm %s, loss %s"
          .formatted(microbatch, norm, loss);
    }
    double[] known = norms.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    if (known.length >= LEARNING) {
      double median = known[known.length / 2];
      if (norm > PROPORTION_MAX * median) {
        return "the gradient of microbatch %d has norm %.3g, the median of the last %d is %.3g"
            .formatted(microbatch, norm, known.length, median);
      }
    }
    if (norms.size() == MEMORY) {
      norms.removeFirst();
    }
    norms.addLast(norm);
    return null;
  }

  @Override
  public String toString() {
    return Arrays.toString(norms.toArray());
  }
}
