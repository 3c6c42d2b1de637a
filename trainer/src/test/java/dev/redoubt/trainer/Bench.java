package dev.redoubt.trainer;

import dev.redoubt.trainer.data.DataConfig;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.Dataset;
import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Products;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;

/**
 * Prints the time of a step and the speed of the products in it, beside each other. To be run by
 * hand, from the test classes: {@code Bench [model] [steps]}.
 */
public final class Bench {

  private static final int MICROBATCHES = 8;

  private Bench() {}

  /** Measures the model that is named, or nano. */
  public static void main(String[] arguments) throws DataException {
    ModelConfig model = ModelConfig.preset(arguments.length > 0 ? arguments[0] : "nano");
    int steps = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 40;
    int tokens = 4 * 64;
    for (int warmup = 0; warmup < 2; warmup++) {
      products(tokens, model.width(), model.ffnWidth());
    }
    products(tokens, model.width(), model.queryWidth());
    products(tokens, model.width(), model.headSize());
    step(model, TrainConfig.defaults(7, steps, MICROBATCHES, 4, 64));
  }

  private interface Product {
    void run(Matrix a, Matrix b, Matrix c, Into into);
  }

  private static void products(int m, int k, int n) {
    try (Arena arena = Arena.ofConfined()) {
      Products products = new Products(arena);
      Matrix x = Matrix.allocate(arena, m, k);
      Matrix w = Matrix.allocate(arena, k, n);
      Matrix y = Matrix.allocate(arena, m, n);
      print("nn", m, k, n, rate(products::nn, x, w, y));
      print("nt", m, n, k, rate(products::nt, y, w, x));
      print("tn", k, m, n, rate(products::tn, x, y, w));
    }
  }

  private static double rate(Product product, Matrix a, Matrix b, Matrix c) {
    double flops =
        2.0
            * Math.sqrt((double) a.rows() * a.columns() * b.rows())
            * Math.sqrt((double) b.columns() * c.rows() * c.columns());
    int rounds = (int) Math.max(1, 2e8 / flops);
    double[] rates = new double[25];
    for (int i = 0; i < rates.length; i++) {
      long start = System.nanoTime();
      for (int round = 0; round < rounds; round++) {
        product.run(a, b, c, Into.OVERWRITE);
      }
      rates[i] = flops * rounds / (System.nanoTime() - start);
    }
    return median(rates);
  }

  private static void print(String kind, int m, int k, int n, double rate) {
    System.out.printf(Locale.ROOT, "%s %5d x %4d x %4d  %6.1f GFLOP/s%n", kind, m, k, n, rate);
  }

  private static void step(ModelConfig model, TrainConfig train) throws DataException {
    long opening = System.nanoTime();
    Dataset data = Dataset.open(DataConfig.jdkSources(), train);
    System.out.printf("data opened in %d ms%n", (System.nanoTime() - opening) / 1_000_000);
    try (Trainer trainer = new Trainer(model, train, data);
        Arena arena = Arena.ofShared()) {
      ParameterLayout layout = trainer.layout();
      MemorySegment[] states = {
        arena.allocate(layout.stateBytes(), 64), arena.allocate(layout.stateBytes(), 64)
      };
      MemorySegment sum = arena.allocate(layout.regionBytes(), 64);
      MemorySegment gradient = arena.allocate(layout.regionBytes(), 64);
      trainer.initialise(states[0]);
      double[] gradients = new double[train.steps()];
      double[] updates = new double[train.steps()];
      for (int step = 1; step <= train.steps(); step++) {
        MemorySegment state = states[(step - 1) % 2];
        long start = System.nanoTime();
        double loss = trainer.gradient(state, step, 0, sum);
        for (int microbatch = 1; microbatch < MICROBATCHES; microbatch++) {
          loss += trainer.gradient(state, step, microbatch, gradient);
          Trainer.add(sum, gradient);
        }
        long middle = System.nanoTime();
        trainer.update(state, states[step % 2], sum, step, true);
        gradients[step - 1] = (middle - start) / 1e6;
        updates[step - 1] = (System.nanoTime() - middle) / 1e6;
        if (step <= 3 || step % 10 == 0) {
          System.out.printf(
              Locale.ROOT,
              "step %d: loss %.3f, %.0f ms%n",
              step,
              loss / MICROBATCHES,
              gradients[step - 1] + updates[step - 1]);
        }
      }
      System.out.printf(
          Locale.ROOT,
          "%s: %d parameters; gradients %.1f ms, update %.2f ms%n",
          model.name(),
          layout.parameterCount(),
          median(gradients),
          median(updates));
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
