package dev.redoubt.benchmarks;

import dev.redoubt.cli.bench.OpenBlas;
import dev.redoubt.cli.bench.OpenBlas.Factor;
import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Products;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Matrix products in the three forms that training needs, beside OpenBLAS on one thread. Every
 * shape of the presets is in {@code redoubt bench kernels}; here are some, to look into.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ProductBenchmark {

  /** Which factor is transposed, rows, columns, and what is summed over. */
  @Param({"nn 512x256x256", "nt 512x256x256", "tn 256x256x512"})
  String shape;

  private String form;
  private int m;
  private int n;
  private int k;
  private Arena arena;
  private Products products;
  private MemorySegment a;
  private MemorySegment b;
  private MemorySegment c;
  private OpenBlas blas;

  @Setup
  public void take() {
    String[] parts = shape.split("[ x]", -1);
    form = parts[0];
    m = Integer.parseInt(parts[1]);
    n = Integer.parseInt(parts[2]);
    k = Integer.parseInt(parts[3]);
    arena = Arena.ofShared();
    products = new Products(arena);
    a = random(m * k, 1);
    b = random(k * n, 2);
    c = random(m * n, 3);
    blas = OpenBlas.load(null, arena).orElse(null);
  }

  private MemorySegment random(int floats, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    MemorySegment segment = arena.allocate((long) floats * Float.BYTES, 64);
    for (int i = 0; i < floats; i++) {
      segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
    }
    return segment;
  }

  @TearDown
  public void free() {
    arena.close();
  }

  @Benchmark
  public void redoubt() {
    Matrix out = Matrix.of(c, 0, m, n);
    switch (form) {
      case "nn" -> products.nn(Matrix.of(a, 0, m, k), Matrix.of(b, 0, k, n), out, Into.OVERWRITE);
      case "nt" -> products.nt(Matrix.of(a, 0, m, k), Matrix.of(b, 0, n, k), out, Into.OVERWRITE);
      case "tn" -> products.tn(Matrix.of(a, 0, k, m), Matrix.of(b, 0, k, n), out, Into.OVERWRITE);
      default -> throw new IllegalArgumentException("no form " + form);
    }
  }

  @Benchmark
  public void openblas() {
    if (blas == null) {
      throw new IllegalStateException("there is no OpenBLAS at the usual places");
    }
    boolean turnA = form.charAt(0) == 't';
    boolean turnB = form.charAt(1) == 't';
    Factor left = new Factor(a, turnA ? m : k, turnA);
    Factor right = new Factor(b, turnB ? k : n, turnB);
    blas.product(left, right, m, n, k, 0f, new Factor(c, n, false));
  }
}
