package dev.redoubt.trainer.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.trainer.kernel.ProductCheck.Wrong;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A checked product has the bits of an unchecked one; a wrong result is named, a right one never.
 */
class ProductCheckTest {

  private final Arena arena = Arena.ofConfined();
  private final Products plain = new Products(arena);
  private final Products watched = new Products(arena);
  private final ProductCheck check = new ProductCheck();

  ProductCheckTest() {
    watched.watch(check);
  }

  @AfterEach
  void close() {
    arena.close();
  }

  /** Which factor is transposed. */
  enum Form {
    NN,
    NT,
    TN;

    void run(Products products, Matrix a, Matrix b, Matrix c, Into into) {
      switch (this) {
        case NN -> products.nn(a, b, c, into);
        case NT -> products.nt(a, b, c, into);
        case TN -> products.tn(a, b, c, into);
      }
    }
  }

  private Matrix left(Form form, int m, int k, long seed) {
    return form == Form.TN ? Floats.random(arena, k, m, seed) : Floats.random(arena, m, k, seed);
  }

  private Matrix right(Form form, int k, int n, long seed) {
    return form == Form.NT ? Floats.random(arena, n, k, seed) : Floats.random(arena, k, n, seed);
  }

  private List<Wrong> look(Form form, Matrix a, Matrix b, Matrix c, Into into) {
    return check.wrong(a, form == Form.TN, b, form == Form.NT, c, into);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "7, 16, 1",
    "1, 7, 207",
    "16, 1003, 7",
    "207, 7, 16",
    "13, 300, 33",
    "8, 256, 32",
    "12, 257, 64",
    "1003, 16, 7",
    "35, 300, 1003"
  })
  void aCheckedProductHasTheSameBitsAndNothingIsWrongWithIt(int m, int k, int n) {
    for (Form form : Form.values()) {
      Matrix a = left(form, m, k, 1);
      Matrix b = right(form, k, n, 2);
      for (Into into : Into.values()) {
        Matrix wanted = Floats.random(arena, m, n, 3);
        Matrix c = Floats.copy(arena, wanted);
        form.run(plain, a, b, wanted, into);
        form.run(watched, a, b, c, into);
        Floats.assertSameBits(c, wanted);
        assertThat(look(form, a, b, c, into)).isEmpty();
        Floats.assertSameBits(c, wanted);
      }
    }
    assertThat(check.columns()).isEqualTo(6L * n);
    assertThat(check.unchecked()).isZero();
  }

  /** Deltas of twice the threshold: the product's own rounding may take some of one. */
  @ParameterizedTest
  @EnumSource(Form.class)
  void everyFlippedBitAboveTheThresholdIsFoundAndNamed(Form form) {
    int m = 67;
    int k = 301;
    int n = 45;
    Matrix a = left(form, m, k, 4);
    Matrix b = right(form, k, n, 5);
    Random random = new Random(6);
    for (Into into : Into.values()) {
      for (int bit = 0; bit < 32; bit++) {
        for (int draw = 0; draw < 4; draw++) {
          Matrix c = Floats.random(arena, m, n, 7);
          form.run(watched, a, b, c, into);
          int row = random.nextInt(m);
          int column = random.nextInt(n);
          assertFound(form, a, b, c, into, row, column, bit);
        }
      }
    }
  }

  private void assertFound(
      Form form, Matrix a, Matrix b, Matrix c, Into into, int row, int column, int bit) {
    float right = c.get(row, column);
    int bits = Float.floatToRawIntBits(right);
    float wrong = Float.intBitsToFloat(bits ^ (1 << bit));
    assertThat(look(form, a, b, c, into)).isEmpty();
    int depth = form == Form.TN ? a.rows() : a.columns();
    double threshold = check.threshold(column, depth);
    c.set(row, column, wrong);
    List<Wrong> found = look(form, a, b, c, into);
    boolean must = !(Math.abs((double) wrong - right) < 2 * threshold);
    // These have a relative change of an eighth and more: far above the threshold of this shape.
    assertThat(must || bit < 20 || Math.abs(right) < 1).as("bit %d of %s", bit, right).isTrue();
    if (must || !found.isEmpty()) {
      assertThat(found)
          .as("bit %d of %s", bit, right)
          .containsExactly(new Wrong(row, column, bits ^ (1 << bit), bits));
    }
  }

  @Test
  void severalWrongResultsAreNamedColumnByColumn() {
    Matrix a = Floats.random(arena, 40, 50, 1);
    Matrix b = Floats.random(arena, 50, 60, 2);
    Matrix c = Matrix.allocate(arena, 40, 60);
    watched.nn(a, b, c, Into.OVERWRITE);
    c.set(39, 7, 1000f);
    c.set(0, 7, -1000f);
    c.set(5, 59, 0.5e6f);
    assertThat(look(Form.NN, a, b, c, Into.OVERWRITE))
        .extracting(Wrong::row, Wrong::column)
        .containsExactly(tuple(0, 7), tuple(39, 7), tuple(5, 59));
  }

  @Test
  void windowsOfLargerMatricesAreChecked() {
    Matrix a = Floats.random(arena, 40, 50, 1).rows(3, 18).columns(5, 21);
    Matrix b = Floats.random(arena, 60, 70, 2).everyRow(2, 1).rows(4, 21).columns(9, 39);
    Matrix c = Floats.random(arena, 30, 80, 3).rows(7, 18).columns(11, 39);
    for (Into into : Into.values()) {
      watched.nn(a, b, c, into);
      assertThat(look(Form.NN, a, b, c, into)).isEmpty();
    }
    float right = c.get(17, 38);
    c.set(17, 38, -right);
    assertThat(look(Form.NN, a, b, c, Into.CONTINUE))
        .containsExactly(
            new Wrong(17, 38, Float.floatToIntBits(-right), Float.floatToIntBits(right)));
  }

  /** Distributions that are met in training. */
  enum Natural {
    NORMAL(Math::abs, true),
    POSITIVE(Math::abs, false),
    HEAVY(x -> Math.exp(3 * x), true),
    SHARES(x -> Math.exp(-20 * Math.abs(x)), false),
    SPARSE(x -> Math.abs(x) > 1.5 ? x : 0, true),
    TINY(x -> 1e-12 * Math.exp(5 * x), true),
    OFFSET(x -> 100 + x, false);

    @SuppressWarnings("ImmutableEnumChecker") // It has no state.
    private final DoubleUnaryOperator of;

    private final boolean signed;

    Natural(DoubleUnaryOperator of, boolean signed) {
      this.of = of;
      this.signed = signed;
    }

    Matrix fill(Matrix matrix, long seed) {
      Random random = new Random(seed);
      for (int i = 0; i < matrix.rows(); i++) {
        for (int j = 0; j < matrix.columns(); j++) {
          double sign = signed && random.nextBoolean() ? -1 : 1;
          matrix.set(i, j, (float) (sign * of.applyAsDouble(random.nextGaussian())));
        }
      }
      return matrix;
    }
  }

  @ParameterizedTest
  @EnumSource(Natural.class)
  void naturalInputsRaiseNoQuestion(Natural natural) {
    for (Form form : Form.values()) {
      int m = 384;
      int k = 256;
      int n = 160;
      Matrix a = natural.fill(left(form, m, k, 0), 1);
      Matrix b = natural.fill(right(form, k, n, 0), 2);
      for (Into into : Into.values()) {
        Matrix c = Matrix.allocate(arena, m, n);
        form.run(watched, a, b, c, Into.OVERWRITE);
        form.run(watched, a, b, c, into);
        assertThat(look(form, a, b, c, into)).isEmpty();
      }
    }
    assertThat(check.unchecked()).isZero();
    assertThat(check.suspicious()).isZero();
  }

  /** What known-answer tests of a machine ask for: both sides of the checksum, and the squares. */
  @ParameterizedTest
  @EnumSource(Form.class)
  void theSumsAreThoseOfLoopsInDoubles(Form form) {
    int m = 77;
    int k = 35;
    int n = 51;
    Matrix a = left(form, m, k, 8);
    Matrix b = right(form, k, n, 9);
    Matrix c = Floats.random(arena, m, n, 10);
    Matrix before = Floats.copy(arena, c);
    form.run(watched, a, b, c, Into.CONTINUE);
    assertThat(look(form, a, b, c, Into.CONTINUE)).isEmpty();

    float[] signs = ProductCheck.signs(m);
    double[] sums = check.sums();
    for (int column = 0; column < n; column++) {
      double wanted = signed(before, signs, column);
      double rightSquares = 0;
      for (int depth = 0; depth < k; depth++) {
        double left = 0;
        for (int row = 0; row < m; row++) {
          left += signs[row] * (form == Form.TN ? a.get(depth, row) : a.get(row, depth));
        }
        double right = form == Form.NT ? b.get(column, depth) : b.get(depth, column);
        wanted += left * right;
        rightSquares += right * right;
      }
      assertThat(sums[column]).isCloseTo(wanted, within(1e-3));
      assertThat(sums[n + column]).isCloseTo(signed(c, signs, column), within(1e-3));
      assertThat(sums[2 * n + column]).isCloseTo(rightSquares, within(1e-3));
      assertThat(sums[3 * n + column]).isCloseTo(squares(c, column), within(1e-2));
      assertThat(sums[4 * n + column]).isCloseTo(squares(before, column), within(1e-3));
    }
    double leftSquares = 0;
    for (int column = 0; column < a.columns(); column++) {
      leftSquares += squares(a, column);
    }
    assertThat(check.leftSquares()).isCloseTo(leftSquares, within(1e-2));
  }

  private static double signed(Matrix matrix, float[] signs, int column) {
    double sum = 0;
    for (int row = 0; row < matrix.rows(); row++) {
      sum += signs[row] * (double) matrix.get(row, column);
    }
    return sum;
  }

  private static double squares(Matrix matrix, int column) {
    double sum = 0;
    for (int row = 0; row < matrix.rows(); row++) {
      double value = matrix.get(row, column);
      sum += value * value;
    }
    return sum;
  }

  /** As where a token comes again and again: all rounding errors are alike. */
  @Test
  void rowsThatAreAllTheSameRaiseNoQuestion() {
    Matrix a = alike(1003, 384, false);
    Matrix b = Floats.random(arena, 384, 64, 2);
    Matrix c = Matrix.allocate(arena, 1003, 64);
    watched.nn(a, b, c, Into.OVERWRITE);
    assertThat(look(Form.NN, a, b, c, Into.OVERWRITE)).isEmpty();
    assertThat(check.suspicious()).isZero();
  }

  /** Rows with the very signs of the check: every rounding error goes the same way. */
  @Test
  void anInputBuiltAgainstTheThresholdIsComputedAgainAndRaisesNoAlarm() {
    Matrix a = alike(1003, 384, true);
    Matrix b = Floats.random(arena, 384, 64, 2);
    Matrix c = Matrix.allocate(arena, 1003, 64);
    watched.nn(a, b, c, Into.OVERWRITE);
    assertThat(look(Form.NN, a, b, c, Into.OVERWRITE)).isEmpty();
    assertThat(check.suspicious()).isPositive();
  }

  private Matrix alike(int rows, int columns, boolean signed) {
    Matrix row = Floats.random(arena, 1, columns, 1);
    Matrix a = Matrix.allocate(arena, rows, columns);
    float[] signs = ProductCheck.signs(rows);
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < columns; k++) {
        a.set(i, k, signed ? signs[i] * row.get(0, k) : row.get(0, k));
      }
    }
    return a;
  }

  @Test
  void whatIsNotFiniteInTheFactorsIsNotTheProductsFault() {
    for (float strange : new float[] {Float.NaN, Float.POSITIVE_INFINITY, 1e30f}) {
      Matrix a = Floats.random(arena, 20, 30, 1);
      Matrix b = Floats.random(arena, 30, 40, 2);
      Matrix c = Matrix.allocate(arena, 20, 40);
      b.set(11, 13, strange);
      long before = check.unchecked();
      watched.nn(a, b, c, Into.OVERWRITE);
      c.set(3, 13, 5f);
      assertThat(look(Form.NN, a, b, c, Into.OVERWRITE)).isEmpty();
      assertThat(check.unchecked() - before).isEqualTo(1);
      c.set(3, 14, 5e9f);
      assertThat(look(Form.NN, a, b, c, Into.OVERWRITE))
          .extracting(Wrong::column)
          .containsExactly(14);
      a.set(1, 2, strange);
      watched.nn(a, b, c, Into.OVERWRITE);
      c.set(3, 14, 5e9f);
      assertThat(look(Form.NN, a, b, c, Into.OVERWRITE)).isEmpty();
    }
  }

  @Test
  void aResultThatIsNotFiniteThoughItsFactorsAreIsFound() {
    for (float strange :
        new float[] {Float.NaN, Float.NEGATIVE_INFINITY, 3e38f, -1e25f, 2e19f, 1e15f}) {
      Matrix a = Floats.random(arena, 20, 30, 1);
      Matrix b = Floats.random(arena, 30, 40, 2);
      Matrix c = Matrix.allocate(arena, 20, 40);
      watched.nn(a, b, c, Into.OVERWRITE);
      int right = Float.floatToIntBits(c.get(3, 13));
      c.set(3, 13, strange);
      assertThat(look(Form.NN, a, b, c, Into.OVERWRITE))
          .containsExactly(new Wrong(3, 13, Float.floatToIntBits(strange), right));
    }
  }

  @Test
  void aProductThatRightlyOverflowsRaisesNoAlarm() {
    Matrix a = Matrix.allocate(arena, 4, 8);
    Matrix b = Matrix.allocate(arena, 8, 5);
    Matrix c = Matrix.allocate(arena, 4, 5);
    for (int k = 0; k < 8; k++) {
      a.set(1, k, 1e18f);
      b.set(k, 2, k == 7 ? -1e18f : 1e18f);
    }
    a.set(1, 3, 1.6e19f);
    b.set(3, 2, 1.6e19f);
    c.set(1, 2, 3.3e38f);
    watched.nn(a, b, c, Into.CONTINUE);
    assertThat(c.get(1, 2)).isInfinite();
    assertThat(look(Form.NN, a, b, c, Into.CONTINUE)).isEmpty();
  }

  @Test
  void anEmptyContractionHasNothingWrong() {
    Matrix a = Matrix.allocate(arena, 3, 0);
    Matrix b = Matrix.allocate(arena, 0, 5);
    Matrix c = Floats.random(arena, 3, 5, 1);
    for (Into into : List.of(Into.CONTINUE, Into.OVERWRITE)) {
      watched.nn(a, b, c, into);
      assertThat(look(Form.NN, a, b, c, into)).isEmpty();
    }
    c.set(2, 4, 1f);
    assertThat(look(Form.NN, a, b, c, Into.OVERWRITE)).hasSize(1);
  }

  @Test
  void theLowestBitIsBelowTheThreshold() {
    Matrix a = Floats.random(arena, 64, 64, 1);
    Matrix b = Floats.random(arena, 64, 64, 2);
    Matrix c = Matrix.allocate(arena, 64, 64);
    watched.nn(a, b, c, Into.OVERWRITE);
    assertThat(look(Form.NN, a, b, c, Into.OVERWRITE)).isEmpty();
    int bits = Float.floatToIntBits(c.get(1, 1));
    c.set(1, 1, Float.intBitsToFloat(bits ^ 1));
    assertThat(look(Form.NN, a, b, c, Into.OVERWRITE)).isEmpty();
  }
}
