package dev.redoubt.trainer.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.program.Region.Entry;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The gradient of every operation, at odd sizes: the rule in double precision against central
 * differences, and what the compiled program computes against the rule.
 */
class GradientsTest {

  private static final double STEP = 1e-5;
  private static final double OF_RULE = 1e-6;
  private static final double OF_PROGRAM = 1e-4;
  static final int VOCABULARY = 7;
  static final int CLASSES = 12;

  /** Makes logits, of {@link #CLASSES} columns. */
  interface Model {
    Tensor logits(Builder graph);
  }

  /** Spares the tests the names of weights. */
  static final class Builder {
    private final Graph graph;
    private int number;

    Builder(Graph graph) {
      this.graph = graph;
    }

    Tensor weight(int rows, int columns, Split split) {
      return graph.parameter("weight" + number++, rows, columns, split);
    }

    Tensor weight(int rows, int columns) {
      return weight(rows, columns, Split.NONE);
    }

    Tensor gain(int columns) {
      return graph.parameter("gain" + number++ + ".norm", 1, columns, Split.NONE);
    }

    Tensor embed(int columns) {
      return embed(columns, Split.NONE);
    }

    Tensor embed(int columns, Split split) {
      return graph.embed("embed" + number++, weight(VOCABULARY, columns, split));
    }

    Tensor product(Tensor x, Tensor weight) {
      return graph.product("product" + number++, x, weight);
    }

    /** The last projection. */
    Tensor logits(Tensor x) {
      return product(x, weight(x.columns(), CLASSES));
    }

    Tensor attention(Tensor queries, Tensor keys, Tensor values) {
      int n = number++;
      Tensor shares = graph.shares("shares" + n, graph.scores("scores" + n, queries, keys));
      return graph.mix("mix" + n, shares, values);
    }
  }

  record Case(String name, int sequences, int length, int headSize, Model model) {

    @Override
    public String toString() {
      return name;
    }
  }

  private static Case of(String name, Model model) {
    return new Case(name, 2, 5, 6, model);
  }

  static Stream<Arguments> operations() {
    return Stream.of(
            of("product", g -> g.logits(g.embed(5))),
            of(
                "product that continues a sum",
                g -> g.graph.product("sum", g.embed(5), g.weight(5, CLASSES), g.embed(CLASSES))),
            of(
                "product of an input",
                g ->
                    g.graph.product(
                        "sum", g.graph.input("frames", 9), g.weight(9, CLASSES), g.embed(CLASSES))),
            of("norm", g -> g.logits(g.graph.norm("norm", g.embed(7), g.gain(7)))),
            of("rotate", g -> g.logits(g.graph.rotate("rotate", g.embed(18)))),
            of("attention", g -> g.logits(g.attention(g.embed(18), g.embed(6), g.embed(6)))),
            new Case(
                "attention in blocks",
                2,
                67,
                2,
                g -> g.logits(g.attention(g.embed(6), g.embed(2), g.embed(2)))),
            of("gated", g -> g.logits(g.graph.gated("gated", g.embed(7), g.embed(7)))),
            of("add", g -> g.logits(g.graph.add("add", g.embed(7), g.embed(7)))),
            of(
                "add of a parameter",
                g -> g.logits(g.graph.add("add", g.embed(7), g.weight(g.graph.tokens(), 7)))))
        .map(Arguments::of);
  }

  /** Values that several operations read, whose gradients are sums. */
  static Stream<Arguments> sums() {
    return Stream.of(
            of(
                "a value added to itself",
                g -> {
                  Tensor x = g.embed(7);
                  return g.logits(g.graph.add("add", x, x));
                }),
            of(
                "a weight used twice",
                g -> {
                  Tensor weight = g.weight(6, 6);
                  return g.logits(g.product(g.product(g.embed(6), weight), weight));
                }),
            of(
                "a table used twice",
                g -> {
                  Tensor table = g.weight(VOCABULARY, 6);
                  return g.logits(
                      g.graph.gated("gated", g.graph.embed("a", table), g.graph.embed("b", table)));
                }),
            of(
                "a gain used twice",
                g -> {
                  Tensor gain = g.gain(7);
                  Tensor first = g.graph.norm("first", g.embed(7), gain);
                  return g.logits(
                      g.graph.norm("second", g.graph.add("add", first, g.embed(7)), gain));
                }),
            of(
                "two residuals of one value",
                g -> {
                  Tensor x = g.embed(6);
                  Tensor left = g.graph.add("left", x, g.product(x, g.weight(6, 6)));
                  Tensor right = g.graph.add("right", x, g.product(left, g.weight(6, 6)));
                  Tensor turned = g.graph.rotate("turned", right);
                  Tensor gated = g.graph.gated("gated", g.graph.add("both", left, turned), x);
                  return g.logits(g.graph.add("all", gated, right));
                }),
            of(
                "a gate by itself",
                g -> {
                  Tensor x = g.product(g.embed(6), g.weight(6, 6));
                  return g.logits(g.graph.gated("gated", x, x));
                }),
            of(
                "keys that are values and queries",
                g -> {
                  Tensor x = g.embed(6);
                  return g.logits(g.graph.add("add", x, g.attention(x, x, x)));
                }),
            of(
                "two attentions over the same keys",
                g -> {
                  Tensor keys = g.graph.rotate("keys", g.embed(6));
                  Tensor values = g.embed(6);
                  Tensor one = g.attention(g.embed(12), keys, values);
                  return g.logits(g.graph.add("add", one, g.attention(one, keys, values)));
                }))
        .map(Arguments::of);
  }

  /** The annotations of a mesh, which make slices of the contractions. */
  static Stream<Arguments> splits() {
    return Stream.of(
            new Case(
                "columns, then rows",
                1,
                5,
                4,
                g -> {
                  Tensor hidden = g.product(g.embed(7), g.weight(7, 12, Split.COLUMNS));
                  return g.product(hidden, g.weight(12, CLASSES, Split.ROWS));
                }),
            new Case(
                "rows, then rows: a partial sum of which each rank wants its columns",
                1,
                5,
                4,
                g ->
                    g.product(
                        g.product(g.embed(8), g.weight(8, 12, Split.ROWS)),
                        g.weight(12, CLASSES, Split.ROWS))),
            new Case(
                "rows of a whole value",
                1,
                5,
                4,
                g -> g.product(g.embed(8), g.weight(8, CLASSES, Split.ROWS))),
            new Case(
                "split columns and whole weight",
                1,
                5,
                4,
                g -> g.product(g.embed(8, Split.COLUMNS), g.weight(8, CLASSES))),
            new Case(
                "split heads",
                2,
                66,
                2,
                g -> {
                  Tensor x = g.graph.norm("norm", g.embed(8, Split.COLUMNS), g.gain(8));
                  Tensor queries = g.product(x, g.weight(8, 16, Split.COLUMNS));
                  Tensor keys = g.product(x, g.weight(8, 2));
                  Tensor mix = g.attention(g.graph.rotate("turned", queries), keys, keys);
                  Tensor out = g.product(mix, g.weight(16, 8, Split.ROWS));
                  Tensor sum = g.graph.add("add", x, out);
                  return g.product(sum, g.weight(8, CLASSES, Split.COLUMNS));
                }),
            new Case(
                "a split sum of partial and whole",
                1,
                5,
                4,
                g -> {
                  Tensor x = g.embed(8);
                  Tensor one = g.product(x, g.weight(8, 8, Split.COLUMNS));
                  Tensor two = g.product(x, g.weight(8, 8));
                  Tensor three = g.product(x, g.weight(8, 8, Split.COLUMNS));
                  Tensor gated = g.graph.gated("gated", one, two);
                  return g.logits(g.graph.add("add", gated, g.graph.gated("gated2", three, one)));
                }),
            new Case(
                "partial sums on both sides",
                1,
                5,
                4,
                g -> {
                  Tensor one = g.product(g.embed(8), g.weight(8, 8, Split.ROWS));
                  Tensor two = g.product(g.embed(12), g.weight(12, 8, Split.ROWS));
                  return g.logits(g.graph.add("add", one, g.graph.gated("gated", two, one)));
                }))
        .map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource({"operations", "sums", "splits"})
  void theRuleMatchesCentralDifferencesAndTheProgramTheRule(Case of) {
    Graph graph = new Graph(of.sequences(), of.length(), of.headSize());
    graph.crossEntropy("loss", of.model().logits(new Builder(graph)));
    List<Tensor> parameters = graph.parameters();
    Region region = region(parameters);
    Program program = Program.train(graph, region, Shard.WHOLE, true);
    int[] tokens = numbers(graph.tokens(), VOCABULARY, 4);
    int[] targets = numbers(graph.tokens(), CLASSES, 3);
    DoubleModel truth = new DoubleModel(graph, tokens, targets);
    Random random = new Random(9);
    parameters.forEach(parameter -> fill(truth.value(parameter), random));
    inputs(graph).forEach(input -> fill(truth.value(input), random));
    double loss = truth.loss();
    Map<String, double[][]> rule = new LinkedHashMap<>(truth.gradients());
    for (Tensor parameter : parameters) {
      differences(truth, parameter, Objects.requireNonNull(rule.get(parameter.name())));
    }
    try (Arena arena = Arena.ofConfined()) {
      Executor executor = new Executor(program, Links.NONE, arena);
      System.arraycopy(tokens, 0, executor.tokens(), 0, tokens.length);
      System.arraycopy(targets, 0, executor.targets(), 0, targets.length);
      inputs(graph).forEach(input -> write(truth.value(input), executor.input(input.name())));
      MemorySegment state = arena.allocate(region.floats() * Float.BYTES, 64);
      MemorySegment gradient = arena.allocate(region.floats() * Float.BYTES, 64);
      for (Tensor parameter : parameters) {
        write(truth.value(parameter), window(region, parameter, state));
      }
      for (int round = 0; round < 2; round++) {
        gradient.fill((byte) 0x5A);
        assertThat(executor.train(state, gradient, 1, 0, BucketListener.NONE))
            .isEqualTo(loss, within(1e-5));
        for (Tensor parameter : parameters) {
          double[][] wanted = Objects.requireNonNull(rule.get(parameter.name()));
          same(parameter.name(), wanted, window(region, parameter, gradient));
        }
        assertThat(gradient.get(ValueLayout.JAVA_FLOAT, gradient.byteSize() - 4)).isZero();
      }
    }
  }

  /**
   * A new kind of operation without a case here is a failure. Exchanges between ranks count too: a
   * program of one rank has them, and sums the same slices, but sends nothing.
   */
  @Test
  void everyKindOfOperationHasACase() {
    Set<Class<?>> seen = new HashSet<>();
    Stream.of(operations(), sums(), splits())
        .flatMap(cases -> cases)
        .map(arguments -> (Case) arguments.get()[0])
        .forEach(of -> kindsIn(of).forEach(seen::add));
    assertThat(seen).doesNotContain(Operation.PickRow.class);
    seen.add(Operation.PickRow.class);
    assertThat(seen).containsExactlyInAnyOrderElementsOf(kinds(Operation.class).toList());
  }

  /** Of both passes, as the program runs them. */
  private static Stream<Class<?>> kindsIn(Case of) {
    Graph graph = new Graph(of.sequences(), of.length(), of.headSize());
    graph.crossEntropy("loss", of.model().logits(new Builder(graph)));
    Gradients.append(graph);
    return Partition.of(graph).operations().stream().map(Operation::getClass);
  }

  static Stream<Class<?>> kinds(Class<?> of) {
    return of.isSealed()
        ? Stream.of(of.getPermittedSubclasses()).flatMap(GradientsTest::kinds)
        : Stream.of(of);
  }

  /** The one kind that has none: it is for sampling, and a loss through it is refused. */
  @Test
  void aPickedRowHasNoGradient() {
    Graph graph = new Graph(1, 4, 4);
    Builder builder = new Builder(graph);
    graph.crossEntropy("loss", builder.logits(graph.pickRow("row", builder.embed(4))));
    assertThatThrownBy(() -> Gradients.append(graph))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("row has no gradient");
  }

  private static void differences(DoubleModel truth, Tensor parameter, double[][] rule) {
    double[][] values = truth.value(parameter);
    double largest = largest(rule);
    assertThat(largest).as(parameter.name()).isPositive();
    for (int row = 0; row < values.length; row++) {
      for (int column = 0; column < values[row].length; column++) {
        double kept = values[row][column];
        values[row][column] = kept + STEP;
        double above = truth.loss();
        values[row][column] = kept - STEP;
        double below = truth.loss();
        values[row][column] = kept;
        assertThat(rule[row][column])
            .as("%s[%d, %d]", parameter.name(), row, column)
            .isEqualTo((above - below) / (2 * STEP), within(OF_RULE * Math.max(largest, 1e-2)));
      }
    }
  }

  private static double largest(double[][] values) {
    return Stream.of(values).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElseThrow();
  }

  private static void same(String name, double[][] wanted, Matrix actual) {
    double largest = largest(wanted);
    for (int row = 0; row < wanted.length; row++) {
      for (int column = 0; column < wanted[row].length; column++) {
        assertThat((double) actual.get(row, column))
            .as("%s[%d, %d]", name, row, column)
            .isEqualTo(wanted[row][column], within(OF_PROGRAM * largest));
      }
    }
  }

  static List<Tensor> inputs(Graph graph) {
    return graph.operations().stream()
        .flatMap(operation -> operation.inputs().stream())
        .filter(tensor -> tensor.is(Tensor.Role.INPUT))
        .distinct()
        .toList();
  }

  /** Small numbers, of which every so many is missing. */
  static int[] numbers(int count, int limit, int missing) {
    int[] numbers = new int[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = i % missing == missing - 1 ? -1 : (i * 5 + 2) % limit;
    }
    return numbers;
  }

  private static void fill(double[][] values, Random random) {
    for (double[] row : values) {
      for (int i = 0; i < row.length; i++) {
        row[i] = (float) random.nextGaussian();
      }
    }
  }

  private static void write(double[][] values, Matrix into) {
    for (int row = 0; row < values.length; row++) {
      for (int column = 0; column < values[row].length; column++) {
        into.set(row, column, (float) values[row][column]);
      }
    }
  }

  static Region region(List<Tensor> parameters) {
    List<Entry> entries = new ArrayList<>();
    long end = 0;
    for (Tensor each : parameters) {
      entries.add(new Entry(each.name(), end, each.rows(), each.columns()));
      end += ((long) each.rows() * each.columns() + 31) / 16 * 16;
    }
    return new Region(BlockDigest.BLOCK_BYTES / Float.BYTES, entries);
  }

  static Matrix window(Region region, Tensor parameter, MemorySegment segment) {
    Entry entry = region.entry(parameter.name());
    return Matrix.of(segment, entry.offset(), entry.rows(), entry.columns());
  }

  @Test
  void aParameterWithoutPartInTheLossIsNamed() {
    Graph graph = new Graph(1, 4, 4);
    Builder builder = new Builder(graph);
    graph.crossEntropy("loss", builder.logits(builder.embed(4)));
    Region region = region(graph.parameters());
    graph.parameter("idle", 3, 3, Split.NONE);
    assertThatThrownBy(() -> Program.train(graph, region, Shard.WHOLE, true))
        .hasMessage("the loss does not depend on idle");
  }

  @Test
  void aLayoutThatDoesNotFitIsNamed() {
    Graph graph = new Graph(1, 4, 4);
    Builder builder = new Builder(graph);
    graph.crossEntropy("loss", builder.logits(builder.embed(4)));
    Entry wrong = new Entry("weight1", 0, 4, 3);
    assertThatThrownBy(
            () -> Program.evaluate(graph, new Region(16384, List.of(wrong)), Shard.WHOLE))
        .hasMessage("the layout has weight1 as 4 x 3, the program as 7 x 4");
  }

  @Test
  void operationsThatDoNotFitAreNamed() {
    Graph graph = new Graph(1, 4, 4);
    Builder builder = new Builder(graph);
    Tensor x = builder.embed(4);
    assertThatThrownBy(() -> graph.product("p", x, builder.weight(5, 4)))
        .hasMessageContaining("p does not fit embed0 (4 x 4) and weight");
    assertThatThrownBy(() -> graph.add("embed0", x, x)).hasMessageContaining("embed0");
    assertThatThrownBy(() -> graph.crossEntropy("loss", builder.embed(6)))
        .hasMessageContaining("loss does not fit");
  }
}
