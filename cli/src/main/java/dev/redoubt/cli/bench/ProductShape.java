package dev.redoubt.cli.bench;

import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.Program;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * A matrix product as a training step runs it: {@code c (m x n) = op(a) op(b)} over k.
 *
 * @param leftTransposed whether a is stored as k x m
 * @param rightTransposed whether b is stored as n x k
 */
public record ProductShape(boolean leftTransposed, boolean rightTransposed, int m, int k, int n) {

  private static final int FLOPS_OF_FMA = 2;

  static ProductShape of(Instruction.Factors factors) {
    Matrix left = factors.left();
    Matrix right = factors.right();
    return new ProductShape(
        factors.leftTransposed(),
        factors.rightTransposed(),
        factors.leftTransposed() ? left.columns() : left.rows(),
        factors.leftTransposed() ? left.rows() : left.columns(),
        factors.rightTransposed() ? right.rows() : right.columns());
  }

  /** Every shape of a program with the number of times it runs, the most work first. */
  static SequencedMap<ProductShape, Integer> in(Program program) {
    Map<ProductShape, Integer> counts = new LinkedHashMap<>();
    for (Instruction instruction : program.instructions()) {
      Instruction.Factors factors = instruction.factors();
      if (factors != null) {
        counts.merge(of(factors), 1, Integer::sum);
      }
    }
    List<Map.Entry<ProductShape, Integer>> entries =
        counts.entrySet().stream()
            .sorted(
                Comparator.comparingDouble(
                    (Map.Entry<ProductShape, Integer> entry) ->
                        -entry.getKey().flops() * entry.getValue()))
            .toList();
    SequencedMap<ProductShape, Integer> sorted = new LinkedHashMap<>();
    entries.forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return sorted;
  }

  double flops() {
    return (double) FLOPS_OF_FMA * m * k * n;
  }

  /** Which factor is transposed: nn, nt or tn, as in the names of the BLAS. */
  public String form() {
    return (leftTransposed ? "t" : "n") + (rightTransposed ? "t" : "n");
  }

  @Override
  public String toString() {
    return form() + " " + m + " x " + k + " x " + n;
  }
}
