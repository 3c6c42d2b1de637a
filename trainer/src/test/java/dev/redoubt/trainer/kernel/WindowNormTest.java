package dev.redoubt.trainer.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The squared norm of a window: the same bits wherever the window stands. */
class WindowNormTest {

  private final WindowNorm norm = new WindowNorm();

  @ParameterizedTest
  @CsvSource({"1, 1", "7, 3", "31, 9", "5, 16", "16, 8", "3, 207", "20, 32", "11, 45", "1, 1003"})
  void aWindowHasTheBitsOfAScalarLoopAndOfItsCopy(int rows, int columns) {
    try (Arena arena = Arena.ofConfined()) {
      Matrix wide = Floats.random(arena, rows, 4 * columns + 3, 1);
      double[] sideBySide = {7, 1, 2, 3, 4};
      norm.addSquared(
          wide.columns(0, columns),
          wide.columns(columns, columns),
          wide.columns(2 * columns, columns),
          wide.columns(3 * columns, columns),
          sideBySide,
          1);
      for (int slice = 0; slice < 4; slice++) {
        Matrix window = wide.columns(slice * columns, columns);
        float squared = norm.squared(window);
        assertThat(squared).isEqualTo(WindowNorm.squaredScalar(window));
        assertThat(squared).isEqualTo(norm.squared(Floats.copy(arena, window)));
        assertThat(sideBySide[1 + slice]).isEqualTo(1.0 + slice + squared);
        assertThat((double) squared).isEqualTo(truth(window), within(1e-5 * truth(window)));
      }
    }
  }

  private static double truth(Matrix window) {
    double sum = 0;
    for (int row = 0; row < window.rows(); row++) {
      for (int column = 0; column < window.columns(); column++) {
        sum += (double) window.get(row, column) * window.get(row, column);
      }
    }
    return sum;
  }

  @Test
  void nanAndInfinityShowWhereverTheyStand() {
    try (Arena arena = Arena.ofConfined()) {
      for (int column : new int[] {0, 15, 16, 19, 22}) {
        Matrix x = Floats.random(arena, 3, 23, 1);
        x.set(1, column, Float.NEGATIVE_INFINITY);
        assertThat(norm.squared(x)).isEqualTo(Float.POSITIVE_INFINITY);
        x.set(2, column, Float.NaN);
        assertThat(norm.squared(x)).isNaN();
      }
    }
  }
}
