package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.ProductCheck;

/** Which matrix products of a step are checked by {@link ProductCheck}. */
public enum ProductChecks {
  /** None. */
  NONE,
  /**
   * Those for which it is cheap. A product of m x n over k multiplies m n k times, and its check
   * reads m k + k n + m n numbers once, so it costs about {@code 1/n + 1/m + 1/k} of the product,
   * times what a read costs more than a multiply-add: two to four. Products that continue a sum
   * have their target read three times. The limit of 1/64 is then some 5 % of a product at most.
   */
  LARGE,
  /** Every one. */
  ALL;

  private static final double SHARE_MAX = 1.0 / 64;

  /**
   * Whether a product is checked.
   *
   * @param rows of the target
   * @param columns of the target
   * @param depth of the contraction
   */
  public boolean covers(int rows, int columns, int depth, Into into) {
    return switch (this) {
      case NONE -> false;
      case ALL -> true;
      case LARGE -> {
        double passes = into == Into.CONTINUE ? 3 : 1;
        yield 1.0 / rows + 1.0 / columns + passes / depth <= SHARE_MAX;
      }
    };
  }

  /** Whether an instruction is a product that is checked. */
  public boolean covers(Instruction instruction) {
    Instruction.Factors factors = instruction.factors();
    if (factors == null) {
      return false;
    }
    var target = instruction.outputs().getFirst();
    return covers(target.rows(), target.columns(), factors.depth(), factors.into());
  }
}
