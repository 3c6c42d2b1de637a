package dev.redoubt.cli.bench;

import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.kernel.CrossEntropy;
import dev.redoubt.trainer.kernel.Embedding;
import dev.redoubt.trainer.kernel.Gate;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.RmsNorm;
import dev.redoubt.trainer.kernel.Rotary;
import dev.redoubt.trainer.kernel.Softmax;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The kernels that work row by row, at the widths of {@code pro}, over values that do not fit into
 * the caches: beside a copy of as many bytes as they read and write.
 *
 * <p>A ratio of 1 is the speed of memory. Those that compute exponentials are slower than it. In a
 * step their values mostly are in cache.
 */
final class RowBench {

  private static final int ROWS = 16_384;
  private static final int SEQUENCE = 128;

  private final Paired paired;
  private final Machine machine;
  private final ModelConfig model = ModelConfig.preset("pro");

  RowBench(Paired paired, Machine machine) {
    this.paired = paired;
    this.machine = machine;
  }

  /** All names, in the order in which they are printed. */
  static final List<String> NAMES =
      List.of(
          "softmax",
          "softmax gradient",
          "norm",
          "norm gradient",
          "rotary",
          "gate",
          "gate gradient",
          "cross-entropy",
          "embedding");

  /** A kernel and the floats that it reads and writes in a run. */
  private record Job(Runnable run, double floats) {}

  Figure measure(String name) {
    try (Arena arena = Arena.ofConfined()) {
      Job job = job(name, new Values(arena, new SplittableRandom(7)));
      double bytes = job.floats * Float.BYTES;
      Comparison pair = paired.measure(job.run, machine::copy, bytes / (2.0 * Machine.BYTES));
      return Figure.beside("row kernels", name, bytes / pair.nanos(), "GB/s", "copy", pair);
    }
  }

  private record Values(Arena arena, SplittableRandom random) {

    Matrix of(int rows, int columns) {
      MemorySegment data = arena.allocate((long) rows * columns * Float.BYTES, 64);
      for (long i = 0; i < (long) rows * columns; i++) {
        data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
      }
      return Matrix.of(data, 0, rows, columns);
    }
  }

  private Job job(String name, Values values) {
    return switch (name) {
      case "softmax", "softmax gradient" -> softmax(name, values);
      case "norm", "norm gradient" -> norm(name, values);
      case "gate", "gate gradient" -> gate(name, values);
      case "rotary" -> {
        int columns = model.heads() * model.headSize();
        Matrix x = values.of(ROWS, columns);
        Rotary rotary = new Rotary(values.arena, SEQUENCE, model.headSize());
        yield new Job(() -> rotary.forward(x, SEQUENCE), 2.0 * ROWS * columns);
      }
      case "cross-entropy" -> {
        int columns = model.vocabulary();
        Matrix logits = values.of(ROWS, columns);
        int[] targets = tokens(values);
        CrossEntropy loss = new CrossEntropy();
        yield new Job(() -> loss.lossAndGradient(logits, targets), 2.0 * ROWS * columns);
      }
      case "embedding" -> {
        int columns = model.width();
        Matrix table = values.of(model.vocabulary(), columns);
        Matrix out = values.of(ROWS, columns);
        int[] tokens = tokens(values);
        yield new Job(() -> Embedding.forward(table, tokens, out), (double) ROWS * columns);
      }
      default -> throw new IllegalArgumentException("there is no kernel " + name);
    };
  }

  private int[] tokens(Values values) {
    int[] tokens = new int[ROWS];
    Arrays.setAll(tokens, _ -> values.random.nextInt(model.vocabulary()));
    return tokens;
  }

  private Job softmax(String name, Values values) {
    int heads = ROWS / SEQUENCE;
    Matrix p = values.of(ROWS, SEQUENCE);
    Softmax softmax = new Softmax();
    // What a row does not see is only written: zeros.
    double seen = ROWS * (SEQUENCE + 1) / 2.0;
    double written = (double) ROWS * SEQUENCE;
    if (name.equals("softmax")) {
      return new Job(() -> softmax.causal(p, heads, 0, 0.1f), seen + written);
    }
    Matrix dp = values.of(ROWS, SEQUENCE);
    return new Job(() -> softmax.causalBackward(p, dp, heads, 0, 0.1f), 2 * seen + written);
  }

  private Job norm(String name, Values values) {
    int columns = model.width();
    double floats = (double) ROWS * columns;
    Matrix x = values.of(ROWS, columns);
    Matrix y = values.of(ROWS, columns);
    Matrix gain = values.of(1, columns);
    Matrix inverse = values.of(ROWS, 1);
    RmsNorm norm = new RmsNorm();
    if (name.equals("norm")) {
      return new Job(() -> norm.forward(x, gain, y, inverse), 2 * floats);
    }
    Matrix dx = values.of(ROWS, columns);
    Matrix dGain = values.of(1, columns);
    return new Job(() -> norm.backward(x, gain, inverse, y, dx, dGain), 4 * floats);
  }

  private Job gate(String name, Values values) {
    int columns = model.ffnWidth();
    double floats = (double) ROWS * columns;
    Matrix gate = values.of(ROWS, columns);
    Matrix up = values.of(ROWS, columns);
    Matrix out = values.of(ROWS, columns);
    if (name.equals("gate")) {
      return new Job(() -> Gate.forward(gate, up, out), 3 * floats);
    }
    Matrix dGate = values.of(ROWS, columns);
    Matrix dUp = values.of(ROWS, columns);
    return new Job(() -> Gate.backward(gate, up, out, dGate, dUp), 5 * floats);
  }
}
