package dev.redoubt.cli.bench;

import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.cli.bench.OpenBlas.Factor;
import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Products;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One product beside OpenBLAS, or beside the peak where there is no OpenBLAS. */
final class ProductBench {

  private static final long SEED = 7;

  private final Paired paired;
  private final Machine machine;
  private final @Nullable OpenBlas blas;

  ProductBench(Paired paired, Machine machine, @Nullable OpenBlas blas) {
    this.paired = paired;
    this.machine = machine;
    this.blas = blas;
  }

  /** The memory of a factor and the window in it that the product sees. */
  private record Operand(MemorySegment data, Matrix window, int stride) {

    static Operand of(Arena arena, int rows, int columns, int stride, SplittableRandom random) {
      MemorySegment data = arena.allocate((long) rows * stride * Float.BYTES, 64);
      for (long i = 0; i < (long) rows * stride; i++) {
        data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
      }
      return new Operand(data, Matrix.of(data, 0, rows, stride).columns(0, columns), stride);
    }

    Factor factor(boolean transposed) {
      return new Factor(data, stride, transposed);
    }
  }

  private record Operands(Operand a, Operand b, Operand c) {

    static Operands of(Arena arena, ProductShape shape) {
      SplittableRandom random = new SplittableRandom(SEED);
      int m = shape.m();
      int n = shape.n();
      int k = shape.k();
      boolean turnA = shape.leftTransposed();
      boolean turnB = shape.rightTransposed();
      return new Operands(
          Operand.of(arena, turnA ? k : m, turnA ? m : k, shape.leftStride(), random),
          Operand.of(arena, turnB ? n : k, turnB ? k : n, shape.rightStride(), random),
          Operand.of(arena, m, n, shape.outStride(), random));
    }
  }

  /**
   * What came of it.
   *
   * @param figure beside the reference
   * @param bitIdentical whether every element is that of the scalar loop
   */
  record Measured(Figure figure, boolean bitIdentical) {}

  /** Runs a product for a while. */
  void warm(ProductShape shape) {
    try (Arena arena = Arena.ofConfined()) {
      Operands with = Operands.of(arena, shape);
      Products products = new Products(arena);
      paired.warm(() -> run(products, shape, with.a.window, with.b.window, with.c.window));
    }
  }

  Measured measure(String group, ProductShape shape, int count) {
    try (Arena arena = Arena.ofConfined()) {
      Operands with = Operands.of(arena, shape);
      Products products = new Products(arena);
      boolean same = identical(arena, products, shape, with);
      Runnable ours = () -> run(products, shape, with.a.window, with.b.window, with.c.window);
      OpenBlas library = blas;
      Comparison pair =
          library == null
              ? paired.measure(ours, machine::peak, shape.flops() / Machine.PEAK_FLOPS)
              : paired.measure(ours, theirs(library, shape, with));
      String note = "x" + count + (same ? "" : ", BITS DIFFER FROM THE SCALAR LOOP");
      return new Measured(figure(group, shape, pair, library == null).noting(note), same);
    }
  }

  private static Runnable theirs(OpenBlas library, ProductShape shape, Operands with) {
    Factor left = with.a.factor(shape.leftTransposed());
    Factor right = with.b.factor(shape.rightTransposed());
    Factor out = with.c.factor(false);
    float beta = shape.into() == Into.CONTINUE ? 1f : 0f;
    return () -> library.product(left, right, shape.m(), shape.n(), shape.k(), beta, out);
  }

  private static Figure figure(String group, ProductShape shape, Comparison pair, boolean peak) {
    double speed = shape.flops() / pair.nanos();
    String reference = peak ? "FMA peak (no OpenBLAS)" : "OpenBLAS";
    return Figure.beside(group, shape.name(), speed, "GFLOP/s", reference, pair);
  }

  private static void run(Products products, ProductShape shape, Matrix a, Matrix b, Matrix c) {
    if (shape.leftTransposed()) {
      products.tn(a, b, c, shape.into());
    } else if (shape.rightTransposed()) {
      products.nt(a, b, c, shape.into());
    } else {
      products.nn(a, b, c, shape.into());
    }
  }

  private static boolean identical(
      Arena arena, Products products, ProductShape shape, Operands with) {
    Matrix c = with.c.window;
    Matrix wanted = Matrix.allocate(arena, shape.m(), shape.n());
    for (int row = 0; row < shape.m(); row++) {
      for (int column = 0; column < shape.n(); column++) {
        wanted.set(row, column, c.get(row, column));
      }
    }
    Matrix a = with.a.window;
    Matrix b = with.b.window;
    boolean turnA = shape.leftTransposed();
    Products.scalar(a, turnA, b, shape.rightTransposed(), wanted, shape.into());
    run(products, shape, a, b, c);
    for (int row = 0; row < shape.m(); row++) {
      for (int column = 0; column < shape.n(); column++) {
        int bits = Float.floatToRawIntBits(wanted.get(row, column));
        if (bits != Float.floatToRawIntBits(c.get(row, column))) {
          return false;
        }
      }
    }
    return true;
  }
}
