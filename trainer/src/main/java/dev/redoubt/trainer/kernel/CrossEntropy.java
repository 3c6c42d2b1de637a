package dev.redoubt.trainer.kernel;

/**
 * Mean cross-entropy over rows of logits, and its gradient in place of them.
 *
 * <p>The sum of the exponentials runs over {@link Slices#COUNT} slices of the vocabulary in the
 * fixed tree, as a mesh may split the vocabulary; the maximum needs no order. The loss is summed in
 * double precision, in row order, with {@code StrictMath.log}. Not thread-safe.
 */
public final class CrossEntropy {

  private static final long FLOAT = Float.BYTES;

  private final Reductions reductions = new Reductions();

  /**
   * Replaces the logits by the gradient of the mean loss.
   *
   * @param logits rows x vocabulary
   * @param targets the right token of each row
   * @return the mean loss in nats per row
   */
  public double lossAndGradient(Matrix logits, int[] targets) {
    int rows = logits.rows();
    double sum = 0;
    for (int row = 0; row < rows; row++) {
      sum += row(logits.row(row), logits.columns(), targets[row], rows);
    }
    return sum / rows;
  }

  private double row(long x, int vocabulary, int target, int rows) {
    if (target < 0 || target >= vocabulary) {
      throw new IndexOutOfBoundsException("token " + target + " of a vocabulary of " + vocabulary);
    }
    long right = x + target * FLOAT;
    float max = reductions.max(x, vocabulary);
    float margin = Memory.get(right) - max;
    Softmax.exponentials(x, vocabulary, 1f, max);
    float sum = sum(x, vocabulary);
    Softmax.scale(x, vocabulary, 1f / (sum * rows));
    Memory.set(right, Memory.get(right) - 1f / rows);
    return StrictMath.log(sum) - margin;
  }

  private float sum(long x, int vocabulary) {
    int n = vocabulary / Slices.COUNT;
    long slice = n * FLOAT;
    float left = reductions.sum(x, n) + reductions.sum(x + slice, n);
    float right = reductions.sum(x + 2 * slice, n) + reductions.sum(x + 3 * slice, n);
    return left + right;
  }
}
