package dev.redoubt.trainer.kernel;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every element of a product is the fused chain over k in index order, whatever the blocking. */
class ProductsTest {

  private final Arena arena = Arena.ofConfined();
  private final Products products = new Products(arena);

  @AfterEach
  void close() {
    arena.close();
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
    "5, 300, 1003"
  })
  void productsHaveTheBitsOfAScalarLoop(int m, int k, int n) {
    Matrix a = Floats.random(arena, m, k, 1);
    Matrix aTransposed = Floats.random(arena, k, m, 2);
    Matrix b = Floats.random(arena, k, n, 3);
    Matrix bTransposed = Floats.random(arena, n, k, 4);
    for (Into into : Into.values()) {
      Matrix c = Floats.random(arena, m, n, 5);
      Matrix wanted = Floats.copy(arena, c);
      products.nn(a, b, c, into);
      Products.scalar(a, false, b, false, wanted, into);
      Floats.assertSameBits(c, wanted);
      products.nt(a, bTransposed, c, into);
      Products.scalar(a, false, bTransposed, true, wanted, into);
      Floats.assertSameBits(c, wanted);
      products.tn(aTransposed, b, c, into);
      Products.scalar(aTransposed, true, b, false, wanted, into);
      Floats.assertSameBits(c, wanted);
    }
  }

  @Test
  void windowsOfLargerMatricesAreReadAndWrittenInPlace() {
    Matrix a = Floats.random(arena, 40, 50, 1).rows(3, 18).columns(5, 21);
    Matrix b = Floats.random(arena, 60, 70, 2).everyRow(2, 1).rows(4, 21).columns(9, 39);
    Matrix whole = Floats.random(arena, 30, 80, 3);
    Matrix wanted = Floats.copy(arena, whole);
    products.nn(a, b, whole.rows(7, 18).columns(11, 39), Into.OVERWRITE);
    Products.scalar(a, false, b, false, wanted.rows(7, 18).columns(11, 39), Into.OVERWRITE);
    Floats.assertSameBits(whole, wanted);
  }

  @Test
  void anEmptyContractionGivesZeroOrLeavesTheTarget() {
    Matrix a = Matrix.allocate(arena, 3, 0);
    Matrix b = Matrix.allocate(arena, 0, 5);
    Matrix c = Floats.random(arena, 3, 5, 1);
    Matrix before = Floats.copy(arena, c);
    products.nn(a, b, c, Into.CONTINUE);
    Floats.assertSameBits(c, before);
    products.nn(a, b, c, Into.OVERWRITE);
    Floats.assertSameBits(c, Matrix.allocate(arena, 3, 5));
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    Matrix a = Matrix.allocate(arena, 3, 4);
    Matrix c = Matrix.allocate(arena, 3, 5);
    assertThatThrownBy(() -> products.nn(a, Matrix.allocate(arena, 5, 5), c, Into.OVERWRITE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("matrix of 5 x 5 where 4 x 5 is needed");
  }

  @Test
  void aClosedArenaIsRefusedBeforeItsMemoryIsTouched() {
    Matrix gone;
    try (Arena other = Arena.ofConfined()) {
      gone = Matrix.allocate(other, 4, 5);
    }
    Matrix a = Matrix.allocate(arena, 3, 4);
    Matrix c = Matrix.allocate(arena, 3, 5);
    assertThatThrownBy(() -> products.nn(a, gone, c, Into.OVERWRITE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed");
  }
}
