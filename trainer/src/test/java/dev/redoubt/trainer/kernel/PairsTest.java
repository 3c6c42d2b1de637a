package dev.redoubt.trainer.kernel;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PairsTest {

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void sumsHaveTheBitsOfTheScalarLoop() {
    for (int n : Floats.ODD_SIZES) {
      Matrix a = Floats.random(arena, 1, n, 1);
      Matrix b = Floats.random(arena, 1, n, 2);
      Matrix base = Floats.random(arena, 1, n, 3);
      Matrix wanted = Matrix.allocate(arena, 1, n);
      Matrix actual = Matrix.allocate(arena, 1, n);
      Pairs.sumScalar(a.address(), b.address(), wanted.address(), 0, n);
      Pairs.sum(a, b, actual);
      Floats.assertSameBits(actual, wanted);
      Pairs.addSumScalar(base.address(), a.address(), b.address(), wanted.address(), 0, n);
      Pairs.addSum(base, a, b, actual);
      Floats.assertSameBits(actual, wanted);
      Pairs.addSum(base, a, b, base);
      Floats.assertSameBits(base, wanted);
    }
  }

  @Test
  void copiesGoBetweenWindowsWithGaps() {
    for (int n : Floats.ODD_SIZES) {
      Matrix from = Floats.random(arena, 3, n + 2, 1);
      Matrix into = Floats.random(arena, 3, n + 5, 2);
      Matrix kept = Floats.copy(arena, into);
      Pairs.copy(from.columns(2, n), into.columns(1, n));
      Floats.assertSameBits(into.columns(1, n), from.columns(2, n));
      Floats.assertSameBits(into.columns(0, 1), kept.columns(0, 1));
      Floats.assertSameBits(into.columns(n + 1, 4), kept.columns(n + 1, 4));
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Matrix wide = Matrix.allocate(arena, 3, 8);
    Matrix into = Matrix.allocate(arena, 3, 4);
    assertThatThrownBy(() -> Pairs.copy(wide, into))
        .hasMessage("matrix of 3 x 8 where 3 x 4 is needed");
    assertThatThrownBy(() -> Pairs.sum(into, wide.columns(0, 4), into))
        .hasMessageContaining("has gaps between its rows");
  }
}
