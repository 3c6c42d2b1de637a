package dev.redoubt.cli.bench;

import dev.redoubt.cli.bench.KernelsReport.Product;
import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Products;
import dev.redoubt.trainer.program.Program;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The matrix products of a training step beside OpenBLAS, each with fresh random factors without
 * gaps between the rows.
 */
final class ProductBench {

  /** Two sums of so many products in another order differ by less than this share. */
  private static final double TOLERANCE = 1e-3;

  private final Pairing pairing;
  private final @Nullable OpenBlas blas;
  private final double peak;

  /**
   * Sets it up.
   *
   * @param peak fused multiply-adds of one core, in operations a second
   */
  ProductBench(Pairing pairing, @Nullable OpenBlas blas, double peak) {
    this.pairing = pairing;
    this.blas = blas;
    this.peak = peak;
  }

  /** Measures every shape of a program. */
  KernelsReport.Products measure(String model, Program program) {
    List<Product> shapes = new ArrayList<>();
    ProductShape.in(program).forEach((shape, count) -> shapes.add(measure(shape, count)));
    double[] ratios =
        shapes.stream()
            .map(Product::beside)
            .filter(beside -> beside != null)
            .mapToDouble(Paired::ratio)
            .toArray();
    boolean compared = ratios.length > 0;
    return new KernelsReport.Products(
        model,
        compared ? Paired.geometricMean(ratios) : null,
        compared ? weighted(shapes) : null,
        shapes.stream().allMatch(Product::exact),
        shapes);
  }

  /** How much longer OpenBLAS takes for all the products of a microbatch. */
  private static double weighted(List<Product> shapes) {
    double ours = 0;
    double theirs = 0;
    for (Product product : shapes) {
      Paired beside = product.beside();
      if (beside != null) {
        double flops = product.shape().flops() * product.count();
        ours += flops / beside.a();
        theirs += flops / (beside.a() / beside.ratio());
      }
    }
    return theirs / ours;
  }

  Product measure(ProductShape shape, int count) {
    try (Arena arena = Arena.ofConfined()) {
      Operands operands = new Operands(arena, shape);
      boolean exact = operands.exact();
      Work ours = new Work("ours", shape.flops(), operands::multiply);
      OpenBlas library = blas;
      if (library == null) {
        double rate = pairing.measure(ours);
        return new Product(shape, count, rate * 1e-9, rate / peak, null, exact);
      }
      Work theirs = new Work("OpenBLAS", shape.flops(), () -> operands.multiply(library));
      Paired beside = pairing.measure(ours, theirs);
      operands.checkClose();
      return new Product(shape, count, beside.a() * 1e-9, beside.a() / peak, beside, exact);
    }
  }

  /** Two factors and two targets. */
  private static final class Operands {

    private final ProductShape shape;
    private final MemorySegment a;
    private final MemorySegment b;
    private final MemorySegment mine;
    private final MemorySegment other;
    private final Matrix left;
    private final Matrix right;
    private final Matrix target;
    private final Products products;

    Operands(Arena arena, ProductShape shape) {
      this.shape = shape;
      a = Noise.floats(arena, (long) shape.m() * shape.k(), 1);
      b = Noise.floats(arena, (long) shape.k() * shape.n(), 2);
      mine = arena.allocate((long) shape.m() * shape.n() * Float.BYTES, 64);
      other = arena.allocate(mine.byteSize(), 64);
      left = matrix(a, shape.leftTransposed(), shape.m(), shape.k());
      right = matrix(b, shape.rightTransposed(), shape.k(), shape.n());
      target = Matrix.of(mine, 0, shape.m(), shape.n());
      products = new Products(arena);
    }

    private static Matrix matrix(MemorySegment floats, boolean transposed, int rows, int columns) {
      return transposed ? Matrix.of(floats, 0, columns, rows) : Matrix.of(floats, 0, rows, columns);
    }

    void multiply() {
      if (shape.leftTransposed()) {
        products.tn(left, right, target, Into.OVERWRITE);
      } else if (shape.rightTransposed()) {
        products.nt(left, right, target, Into.OVERWRITE);
      } else {
        products.nn(left, right, target, Into.OVERWRITE);
      }
    }

    void multiply(OpenBlas library) {
      library.multiply(shape, a, b, other);
    }

    /** Whether ours has the bits of the scalar reference. */
    boolean exact() {
      multiply();
      Matrix wanted = Matrix.of(other, 0, shape.m(), shape.n());
      Products.scalar(
          left, shape.leftTransposed(), right, shape.rightTransposed(), wanted, Into.OVERWRITE);
      return mine.mismatch(other) < 0;
    }

    /** A library that computes something else is no yardstick. */
    void checkClose() {
      multiply();
      double scale = Math.sqrt(shape.k());
      for (long i = 0; i < mine.byteSize() / Float.BYTES; i++) {
        float own = mine.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        float their = other.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        if (!(Math.abs(own - their) <= TOLERANCE * scale)) {
          throw new IllegalStateException(
              "OpenBLAS computes %s for element %d of %s where ours is %s: it is broken on this machine (OPENBLAS_CORETYPE chooses other kernels)"
                  .formatted(their, i, shape, own));
        }
      }
    }
  }
}
