package dev.redoubt.trainer.kernel;

/**
 * The squared norm of a run of floats: blocks of {@value #BLOCK} in sixteen float lanes, the blocks
 * summed in double precision, in index order. NaN and infinity come through.
 */
public final class SquaredNorm {

  static final int BLOCK = 1 << 14;

  private SquaredNorm() {}

  /** The squared norm of a matrix without gaps. */
  public static double of(Matrix x) {
    int n = x.size();
    Reductions reductions = new Reductions();
    double sum = 0;
    for (int from = 0; from < n; from += BLOCK) {
      long at = x.address() + (long) from * Float.BYTES;
      sum += reductions.dot(at, at, Math.min(BLOCK, n - from));
    }
    return sum;
  }
}
