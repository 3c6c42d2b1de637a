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
   * Replaces the logits by the gradient of the mean loss over the rows that have a target.
   *
   * @param logits rows x vocabulary
   * @param targets the right token of each row, or {@link Embedding#NONE}: such a row does not
   *     count and gets a gradient of zero
   * @return the mean loss in nats per counted row; 0 if there is none
   */
  public double lossAndGradient(Matrix logits, int[] targets) {
    int counted = counted(targets, logits.rows());
    double sum = 0;
    for (int row = 0; row < logits.rows(); row++) {
      if (targets[row] == Embedding.NONE) {
        Memory.zero(logits.row(row), logits.columns() * FLOAT);
      } else {
        sum += row(logits.row(row), logits.columns(), targets[row], counted);
      }
    }
    return counted == 0 ? 0 : sum / counted;
  }

  private static int counted(int[] targets, int rows) {
    int counted = 0;
    for (int row = 0; row < rows; row++) {
      counted += targets[row] == Embedding.NONE ? 0 : 1;
    }
    return counted;
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
