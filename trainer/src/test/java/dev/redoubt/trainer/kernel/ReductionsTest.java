package dev.redoubt.trainer.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sixteen logical lanes, summed in index order, at every vector width. */
class ReductionsTest {

  private final Reductions reductions = new Reductions();

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 207, 1003})
  void reductionsHaveTheBitsOfAScalarLoop(int n) {
    try (Arena arena = Arena.ofConfined()) {
      long x = Floats.random(arena, 1, n, 1).address();
      long y = Floats.random(arena, 1, n, 2).address();
      long z = Floats.random(arena, 1, n, 3).address();
      assertThat(reductions.sum(x, n)).isEqualTo(Reductions.sumScalar(x, n));
      assertThat(reductions.dot(x, y, n)).isEqualTo(Reductions.dotScalar(x, y, n));
      assertThat(reductions.dot(x, y, z, n)).isEqualTo(Reductions.dotScalar(x, y, z, n));
      float max = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < n; i++) {
        max = Math.max(max, Memory.get(x + 4L * i));
      }
      assertThat(reductions.max(x, n)).isEqualTo(max);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 207, 20_000, 50_001})
  void theSquaredNormIsCloseToThatOfDoubles(int n) {
    try (Arena arena = Arena.ofConfined()) {
      Matrix x = Floats.random(arena, 1, n, 1);
      double wanted = 0;
      for (int i = 0; i < n; i++) {
        wanted += (double) x.get(0, i) * x.get(0, i);
      }
      assertThat(SquaredNorm.of(x)).isEqualTo(wanted, within(1e-5 * wanted));
    }
  }

  @Test
  void theSquaredNormShowsNanAndInfinity() {
    try (Arena arena = Arena.ofConfined()) {
      Matrix x = Floats.random(arena, 1, 40_000, 1);
      x.set(0, 39_999, Float.POSITIVE_INFINITY);
      assertThat(SquaredNorm.of(x)).isInfinite();
      x.set(0, 17, Float.NaN);
      assertThat(SquaredNorm.of(x)).isNaN();
    }
  }
}
