package dev.redoubt.trainer.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Checks a matrix product after it was computed, by a checksum over the rows: {@code w'C = (w'A)B},
 * or {@code w'C = w'C0 + (w'A)B} if the product continues what stood in the target.
 *
 * <p>The scheme is that of Huang and Abraham, "Algorithm-Based Fault Tolerance for Matrix
 * Operations" (1984). Their weights are ones; here they are fixed signs without a pattern, one for
 * each row. The rounding errors of rows that are alike, as those of a token that comes again and
 * again, are alike as well: with ones they add up, with signs they grow as the root of their number
 * (Hoeffding), whatever the rows are.
 *
 * <p>The sums over the factors are taken from what the product has packed ({@link Products#watch}),
 * those over the target from memory, after it was written. So a change in the target is seen, and
 * what the product did with its copies of the factors; that a factor was copied wrong is not.
 *
 * <p><b>Threshold.</b> A column is suspicious if the two sides differ by more than
 *
 * <pre>{@code FACTOR u sqrt(|A|F^2 |Bj|^2 + (K + 16) (|Cj|^2 + |C0j|^2))}</pre>
 *
 * with u = 2^-24 and K the depth; 16 stands for the roundings of the check itself. An element's
 * chain of K roundings errs by about u |ai| |bj| where terms cancel on average, and by sqrt(K) u
 * |cij| where they do not: the probabilistic bounds of Higham and Mary, "A New Approach to
 * Probabilistic Rounding Error Analysis" (2019), and for data with a mean of zero "Sharper
 * Probabilistic Backward Error Analysis for Basic Linear Algebra Kernels with Random Data" (2020).
 * The errors of a column add up in squares. The bounds of certainty are K times as wide, and would
 * see that much less.
 *
 * <p>So the threshold may be wrong, and it is only a question: a suspicious column is computed
 * again by the definition, {@link Products#scalar}, and only bits that differ are found. Inputs
 * that cancel cost time, and never an alarm.
 *
 * <p><b>Not finite.</b> A column is left unchecked if the norm of the left factor, of its own
 * column of the right factor, or of what it continues is not finite: NaN or infinity that was there
 * before is not this product's doing. Norms are kept in floats, so that includes factors beyond
 * 1e19. If those are finite and the column is not, it is suspicious. All NaNs count as the same
 * bits. A change below 1e-19 is never seen.
 *
 * <p>Not thread-safe; grows to the largest product that it has seen.
 */
public final class ProductCheck {

  /** So wide that on real steps less than one column in a hundred is asked about. */
  static final double FACTOR = 2;

  private static final double UNIT = 0x1p-24;

  /** The square of 1e-19. Below it squares of floats are zero, and no threshold is left. */
  private static final double FLOOR = 1e-38;

  /** What the sums over the target err by, as if its chains were so much longer. */
  private static final int OWN_ROUNDINGS = 16;

  /** So many rows of the target are summed up in floats. */
  private static final int ROWS_MAX = 64;

  /** So many strips of the left factor are, of 16 rows each: where they stand in rows, ... */
  private static final int ROW_STRIPS_MAX = 4;

  /** ... and in columns, where each of the 16 has a sum of its own. */
  private static final int COLUMN_STRIPS_MAX = 32;

  /**
   * A result that is not what the definition gives.
   *
   * @param row of the target
   * @param column of the target
   * @param found bits that stand there
   * @param wanted bits
   */
  public record Wrong(int row, int column, int found, int wanted) {
    @Override
    public String toString() {
      return "row %d, column %d: %08x (%s) where %08x (%s) is right"
          .formatted(
              row,
              column,
              found,
              Float.intBitsToFloat(found),
              wanted,
              Float.intBitsToFloat(wanted));
    }
  }

  private float[] signs = new float[0];

  private boolean byColumns;
  private int strips;
  private final float[] blockSums = new float[LeftStrip.DEPTH];
  private final double[] blockTotals = new double[LeftStrip.DEPTH];
  private final float[] stripSums = new float[LeftStrip.ROWS * LeftStrip.DEPTH];
  private final float[] lanes = new float[LeftStrip.ROWS];
  private float[] leftSums = new float[0];
  private double leftSquares;

  private final float[] panelSums = new float[Tiles.COLUMNS];
  private final float[] panelSquares = new float[Tiles.COLUMNS];
  private double[] wanted = new double[0];
  private double[] rightSquares = new double[0];

  private double[] beforeSquares = new double[0];
  private float[] before = new float[0];

  private float[] rowSums = new float[0];
  private float[] rowSquares = new float[0];
  private double[] found = new double[0];
  private double[] foundSquares = new double[0];

  private int lookedAt;
  private long columns;
  private long suspicious;
  private long unchecked;

  // While the product is computed.

  /** A product begins; what it may continue is still there. */
  void begin(Matrix c, int depth, boolean transposed, Into into) {
    grow(c.rows(), c.columns(), depth);
    byColumns = transposed;
    leftSquares = 0;
    Arrays.fill(leftSums, 0, depth, 0f);
    Arrays.fill(wanted, 0, c.columns(), 0.0);
    Arrays.fill(rightSquares, 0, c.columns(), 0.0);
    Arrays.fill(beforeSquares, 0, c.columns(), 0.0);
    if (into == Into.CONTINUE) {
      keep(c);
      sum(c, wanted, beforeSquares);
    }
  }

  /** A block of the depth begins, of which no strip of the left factor has been seen. */
  void beginBlock(int depth) {
    strips = 0;
    Arrays.fill(blockTotals, 0, depth, 0.0);
    clear(depth);
  }

  private void clear(int depth) {
    Arrays.fill(blockSums, 0, depth, 0f);
    if (byColumns) {
      Arrays.fill(stripSums, 0, depth * LeftStrip.ROWS, 0f);
    }
  }

  /** A strip of the left factor was packed. */
  void left(float[] strip, int from, int rows, int depth) {
    Arrays.fill(lanes, 0f);
    if (byColumns) {
      ProductSums.columns(strip, rows, depth, signs, from, stripSums, lanes);
    } else {
      ProductSums.rows(strip, rows, depth, signs, from, blockSums, lanes);
    }
    for (float lane : lanes) {
      leftSquares += lane;
    }
    if (++strips == (byColumns ? COLUMN_STRIPS_MAX : ROW_STRIPS_MAX)) {
      strips = 0;
      settle(depth);
      clear(depth);
    }
  }

  private void settle(int depth) {
    if (byColumns) {
      ProductSums.fold(stripSums, depth, blockSums);
    }
    add(blockSums, blockTotals, depth);
  }

  /** All strips of a block of the depth were seen. */
  void endBlock(int k, int depth) {
    settle(depth);
    for (int i = 0; i < depth; i++) {
      leftSums[k + i] = (float) blockTotals[i];
    }
  }

  /** A block of the right factor is packed, and the left sums of its depth are known. */
  void right(float[] panels, int k, int depth, int n, int count) {
    System.arraycopy(leftSums, k, blockSums, 0, depth);
    for (int panel = 0; panel < count; panel += Tiles.COLUMNS) {
      ProductSums.panel(
          panels, RightBlock.panel(panel, depth), depth, blockSums, panelSums, panelSquares);
      int width = Math.min(Tiles.COLUMNS, count - panel);
      for (int column = 0; column < width; column++) {
        wanted[n + panel + column] += panelSums[column];
        rightSquares[n + panel + column] += panelSquares[column];
      }
    }
  }

  // Afterwards.

  /**
   * Looks at the product that was watched last. The factors and the target still stand.
   *
   * @return the results that are wrong, column by column; empty if none is
   */
  public List<Wrong> wrong(
      Matrix a, boolean aTransposed, Matrix b, boolean bTransposed, Matrix c, Into into) {
    Arrays.fill(found, 0, c.columns(), 0.0);
    Arrays.fill(foundSquares, 0, c.columns(), 0.0);
    sum(c, found, foundSquares);
    int depth = aTransposed ? a.rows() : a.columns();
    lookedAt = c.columns();
    columns += c.columns();
    List<Wrong> wrong = List.of();
    for (int column = 0; column < c.columns(); column++) {
      if (isSuspicious(column, depth)) {
        suspicious++;
        List<Wrong> more = new ArrayList<>(wrong);
        more.addAll(recomputed(a, aTransposed, b, bTransposed, c, into, column));
        wrong = more;
      }
    }
    return wrong;
  }

  /** Columns of all products so far. */
  public long columns() {
    return columns;
  }

  /** How many of them were computed again. */
  public long suspicious() {
    return suspicious;
  }

  /** How many of them could not be checked, for their factors are not finite. */
  public long unchecked() {
    return unchecked;
  }

  /**
   * What the check of the product that was looked at last came to, for tests of the machine: for
   * each column both sides of the checksum, then the squares of the right factor, of the target,
   * and of what was continued. The same bits on every machine if depth and columns are at most
   * three more than a multiple of 16: what is no whole vector is added up in another order.
   */
  public double[] sums() {
    int count = lookedAt;
    double[] sums = new double[5 * count];
    System.arraycopy(wanted, 0, sums, 0, count);
    System.arraycopy(found, 0, sums, count, count);
    System.arraycopy(rightSquares, 0, sums, 2 * count, count);
    System.arraycopy(foundSquares, 0, sums, 3 * count, count);
    System.arraycopy(beforeSquares, 0, sums, 4 * count, count);
    return sums;
  }

  /** The sum of the squares of the left factor; its last bits depend on the width of vectors. */
  public double leftSquares() {
    return leftSquares;
  }

  /** The smallest change in a column of the product that was looked at last that is suspicious. */
  double threshold(int column, int depth) {
    double product = leftSquares * rightSquares[column];
    double chain = chain(column, depth);
    return FACTOR * UNIT * Math.sqrt(product + chain) + Math.sqrt(FLOOR);
  }

  private double chain(int column, int depth) {
    return (depth + OWN_ROUNDINGS) * (foundSquares[column] + beforeSquares[column]);
  }

  private boolean isSuspicious(int column, int depth) {
    double product = leftSquares * rightSquares[column];
    if (!Double.isFinite(product) || !Double.isFinite(beforeSquares[column])) {
      unchecked++;
      return false;
    }
    double chain = chain(column, depth);
    double difference = found[column] - wanted[column];
    double limit = FACTOR * FACTOR * UNIT * UNIT * (product + chain) + FLOOR;
    return !Double.isFinite(chain) || !(difference * difference <= limit);
  }

  private List<Wrong> recomputed(
      Matrix a,
      boolean aTransposed,
      Matrix b,
      boolean bTransposed,
      Matrix c,
      Into into,
      int column) {
    List<Wrong> wrong = new ArrayList<>();
    int depth = aTransposed ? a.rows() : a.columns();
    float[] right = new float[depth];
    for (int k = 0; k < depth; k++) {
      right[k] = bTransposed ? b.get(column, k) : b.get(k, column);
    }
    long step = aTransposed ? a.rowBytes() : Float.BYTES;
    for (int row = 0; row < c.rows(); row++) {
      long left = aTransposed ? a.address() + row * (long) Float.BYTES : a.row(row);
      float start = into == Into.CONTINUE ? before[row * c.columns() + column] : 0f;
      float should = chain(left, step, right, start);
      float is = c.get(row, column);
      if (Float.floatToIntBits(is) != Float.floatToIntBits(should)) {
        wrong.add(
            new Wrong(row, column, Float.floatToRawIntBits(is), Float.floatToRawIntBits(should)));
      }
    }
    return wrong;
  }

  private static float chain(long left, long step, float[] right, float start) {
    float sum = start;
    for (int k = 0; k < right.length; k++) {
      sum = Math.fma(Memory.get(left + k * step), right[k], sum);
    }
    return sum;
  }

  /** Adds the signed sums of the rows, and the squares. */
  private void sum(Matrix c, double[] sums, double[] squares) {
    for (int row = 0; row < c.rows(); row += ROWS_MAX) {
      int rows = Math.min(ROWS_MAX, c.rows() - row);
      ProductSums.target(
          c.row(row), c.rowBytes(), rows, c.columns(), signs, row, rowSums, rowSquares);
      add(rowSums, sums, c.columns());
      add(rowSquares, squares, c.columns());
    }
  }

  private static void add(float[] from, double[] to, int count) {
    for (int i = 0; i < count; i++) {
      to[i] += from[i];
    }
  }

  private void keep(Matrix c) {
    int size = Math.multiplyExact(c.rows(), c.columns());
    if (before.length < size) {
      before = new float[size];
    }
    for (int row = 0; row < c.rows(); row++) {
      Memory.copy(c.row(row), before, row * c.columns(), c.columns());
    }
  }

  private void grow(int rows, int count, int depth) {
    if (signs.length < rows + LeftStrip.ROWS) {
      signs = signs(rows + LeftStrip.ROWS);
    }
    if (leftSums.length < depth) {
      leftSums = new float[depth];
    }
    if (wanted.length < count) {
      wanted = new double[count];
      rightSquares = new double[count];
      beforeSquares = new double[count];
      found = new double[count];
      foundSquares = new double[count];
      rowSums = new float[count];
      rowSquares = new float[count];
    }
  }

  /** The same on every machine and in every run: a finaliser of SplitMix64, its highest bit. */
  static float[] signs(int count) {
    float[] signs = new float[count];
    for (int i = 0; i < count; i++) {
      long mixed = (i + 1) * 0x9E3779B97F4A7C15L;
      mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
      mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
      signs[i] = mixed < 0 ? -1f : 1f;
    }
    return signs;
  }
}
