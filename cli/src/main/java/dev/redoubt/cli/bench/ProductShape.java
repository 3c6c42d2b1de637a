package dev.redoubt.cli.bench;

import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.Instruction.Factors;
import dev.redoubt.trainer.program.Program;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A matrix product that a program runs, with the distance of the rows as it is there.
 *
 * @param form nn, nt or tn: which factor is transposed
 * @param m rows of the result
 * @param n columns of the result
 * @param k what is summed over
 * @param leftStride in floats
 * @param rightStride in floats
 * @param outStride in floats
 * @param into whether the result begins at zero
 */
record ProductShape(
    String form, int m, int n, int k, int leftStride, int rightStride, int outStride, Into into) {

  /** A shape and how many times the program runs it for a microbatch. */
  record Counted(ProductShape shape, int count) {}

  /** All shapes of a program, in the order in which they come first. */
  static List<Counted> of(Program program) {
    Map<ProductShape, Integer> counts = new LinkedHashMap<>();
    for (Instruction instruction : program.instructions()) {
      Factors factors = instruction.factors();
      if (factors != null) {
        counts.merge(of(factors, instruction.outputs().getFirst()), 1, Integer::sum);
      }
    }
    List<Counted> shapes = new ArrayList<>();
    counts.forEach((shape, count) -> shapes.add(new Counted(shape, count)));
    return shapes;
  }

  private static ProductShape of(Factors factors, Matrix out) {
    Matrix left = factors.left();
    return new ProductShape(
        (factors.leftTransposed() ? "t" : "n") + (factors.rightTransposed() ? "t" : "n"),
        out.rows(),
        out.columns(),
        factors.leftTransposed() ? left.rows() : left.columns(),
        Math.toIntExact(left.stride()),
        Math.toIntExact(factors.right().stride()),
        Math.toIntExact(out.stride()),
        factors.into());
  }

  boolean leftTransposed() {
    return form.charAt(0) == 't';
  }

  boolean rightTransposed() {
    return form.charAt(1) == 't';
  }

  double flops() {
    return 2.0 * m * n * k;
  }

  /** Such as {@code tn 256x512x1024 +}: m, n, k, and a plus if it continues a sum. */
  String name() {
    String more = into == Into.CONTINUE ? " +" : "";
    return form + " " + m + "x" + n + "x" + k + more;
  }
}
