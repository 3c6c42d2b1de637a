package dev.redoubt.trainer.program;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Slices;
import dev.redoubt.trainer.program.Region.Entry;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The bits that a program defines beyond its kernels. */
class SlicesTest {

  private static final int TOKENS = 5;
  private static final int DEPTH = 28;
  private static final int WIDTH = 7;

  private final Arena arena = Arena.ofShared();

  private Matrix random(int rows, int columns, int seed) {
    Matrix matrix = Matrix.allocate(arena, rows, columns);
    Random random = new Random(seed);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        matrix.set(row, column, (float) random.nextGaussian());
      }
    }
    return matrix;
  }

  /** A contraction over a split dimension: four chains, each in index order, in a fixed tree. */
  @Test
  void aSplitContractionIsFourChainsInAFixedTree() {
    Graph graph = new Graph(1, TOKENS, 4);
    Tensor x = graph.embed("x", graph.parameter("table", 9, DEPTH, Split.COLUMNS));
    Tensor weight = graph.parameter("weight", DEPTH, WIDTH, Split.ROWS);
    graph.result("result", graph.product("product", x, weight));
    Region region =
        new Region(
            1024, List.of(new Entry("table", 0, 9, DEPTH), new Entry("weight", 512, DEPTH, WIDTH)));
    Program program = Program.evaluate(graph, region, Shard.WHOLE);
    assertThat(program.operations().get(1).sharding()).isEqualTo(Sharding.PARTIAL);
    MemorySegment parameters = arena.allocate(4096, 64);
    copy(random(9, DEPTH, 1), Matrix.of(parameters, 0, 9, DEPTH));
    copy(random(DEPTH, WIDTH, 2), Matrix.of(parameters, 512, DEPTH, WIDTH));
    Executor executor = new Executor(program, Links.NONE, arena);
    for (int row = 0; row < TOKENS; row++) {
      executor.tokens()[row] = 8 - row;
    }
    assertThat(executor.evaluate(parameters, 1, 0)).isZero();
    Matrix table = Matrix.of(parameters, 0, 9, DEPTH);
    Matrix factor = Matrix.of(parameters, 512, DEPTH, WIDTH);
    for (int row = 0; row < TOKENS; row++) {
      for (int column = 0; column < WIDTH; column++) {
        float[] chains = new float[Slices.COUNT];
        for (int k = 0; k < DEPTH; k++) {
          int slice = k / (DEPTH / Slices.COUNT);
          chains[slice] = Math.fma(table.get(8 - row, k), factor.get(k, column), chains[slice]);
        }
        float wanted = (chains[0] + chains[1]) + (chains[2] + chains[3]);
        assertThat(executor.result().get(row, column)).isEqualTo(wanted);
      }
    }
    arena.close();
  }

  private static void copy(Matrix from, Matrix into) {
    for (int row = 0; row < from.rows(); row++) {
      for (int column = 0; column < from.columns(); column++) {
        into.set(row, column, from.get(row, column));
      }
    }
  }

  /**
   * No row has a target, or no row has a token: nothing is learned, and nothing is not a number.
   */
  @Test
  void rowsWithoutTokensOrTargetsHaveNoGradient() {
    int[] none = IntStream.generate(() -> -1).limit(TOKENS).toArray();
    int[] some = {3, 1, 4, 1, 5};
    assertThat(lossAndNorm(some, none)).containsExactly(0, 0, 0);
    double[] blind = lossAndNorm(none, some);
    assertThat(blind[0]).isEqualTo(Math.log(8));
    assertThat(blind[1]).isZero();
    assertThat(lossAndNorm(some, some)[1]).isPositive();
  }

  /** The loss, and the largest gradient of the table and of the head. */
  private double[] lossAndNorm(int[] tokens, int[] targets) {
    Graph graph = new Graph(1, TOKENS, 4);
    Tensor x = graph.embed("x", graph.parameter("table", 8, 8, Split.NONE));
    graph.crossEntropy("loss", graph.product("head", x, graph.parameter("w", 8, 8, Split.NONE)));
    Region region =
        new Region(16384, List.of(new Entry("table", 0, 8, 8), new Entry("w", 64, 8, 8)));
    Executor executor =
        new Executor(Program.train(graph, region, Shard.WHOLE, true), Links.NONE, arena);
    System.arraycopy(tokens, 0, executor.tokens(), 0, TOKENS);
    System.arraycopy(targets, 0, executor.targets(), 0, TOKENS);
    MemorySegment parameters = arena.allocate(65536, 64);
    copy(random(16, 8, 3), Matrix.of(parameters, 0, 16, 8));
    MemorySegment gradient = arena.allocate(65536, 64).fill((byte) 0x5A);
    double loss = executor.train(parameters, gradient, 1, 0, BucketListener.NONE);
    return new double[] {
      loss, largest(Matrix.of(gradient, 0, 8, 8)), largest(Matrix.of(gradient, 64, 8, 8))
    };
  }

  private static double largest(Matrix matrix) {
    double largest = 0;
    for (int row = 0; row < matrix.rows(); row++) {
      for (int column = 0; column < matrix.columns(); column++) {
        largest = Math.max(largest, Math.abs(matrix.get(row, column)));
      }
    }
    return largest;
  }
}
