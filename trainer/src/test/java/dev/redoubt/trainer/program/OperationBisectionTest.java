package dev.redoubt.trainer.program;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.program.GradientsTest.Case;
import dev.redoubt.trainer.replay.Bisection;
import dev.redoubt.trainer.replay.Bisection.Differs;
import dev.redoubt.trainer.replay.LocalComputation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A flip in the output of any instruction of any kind of operation is named exactly. */
class OperationBisectionTest {

  /** A program on memory of its own, filled with random numbers. */
  private static final class Bench implements AutoCloseable {

    private final Arena arena = Arena.ofConfined();
    private final Executor executor;
    private final MemorySegment state;
    private final MemorySegment gradient;

    Bench(Graph graph, Region region, Program program, List<Tensor> inputs) {
      executor = new Executor(program, Links.NONE, arena);
      state = arena.allocate(region.floats() * Float.BYTES, 64);
      gradient = arena.allocate(region.floats() * Float.BYTES, 64);
      int[] tokens = GradientsTest.numbers(graph.tokens(), GradientsTest.VOCABULARY, 4);
      System.arraycopy(tokens, 0, executor.tokens(), 0, tokens.length);
      int[] targets = GradientsTest.numbers(graph.tokens(), GradientsTest.CLASSES, 3);
      System.arraycopy(targets, 0, executor.targets(), 0, targets.length);
      Random random = new Random(5);
      inputs.forEach(input -> fill(executor.input(input.name()), random));
      fill(Matrix.of(state, 0, 1, Math.toIntExact(region.floats())), random);
    }

    static Bench of(Case of) {
      Graph graph = new Graph(of.sequences(), of.length(), of.headSize());
      graph.crossEntropy("loss", of.model().logits(new GradientsTest.Builder(graph)));
      Region region = GradientsTest.region(graph.parameters());
      List<Tensor> inputs = GradientsTest.inputs(graph);
      return new Bench(graph, region, Program.train(graph, region, Shard.WHOLE, true), inputs);
    }

    private static void fill(Matrix matrix, Random random) {
      for (int row = 0; row < matrix.rows(); row++) {
        for (int column = 0; column < matrix.columns(); column++) {
          matrix.set(row, column, (float) random.nextGaussian());
        }
      }
    }

    LocalComputation computed(Probe under) {
      return new LocalComputation(
          executor.program(),
          1,
          probe -> {
            executor.probe(under.then(probe));
            if (executor.program().trains()) {
              executor.train(state, gradient, 1, 0, BucketListener.NONE);
            } else {
              executor.evaluate(state, 1, 0);
            }
            executor.probe(null);
          });
    }

    @Override
    public void close() {
      arena.close();
    }
  }

  private static final Probe NONE = (step, microbatch, instruction) -> {};

  /** Flips one bit in one output of one instruction. */
  private record Flip(Instruction target, int output, int row, int column, int bit)
      implements Probe {

    static Flip in(Instruction target, Random random) {
      int output = random.nextInt(target.outputs().size());
      Matrix matrix = target.outputs().get(output);
      return new Flip(
          target,
          output,
          random.nextInt(matrix.rows()),
          random.nextInt(matrix.columns()),
          random.nextInt(Float.SIZE));
    }

    @Override
    public void after(long step, int microbatch, Instruction instruction) {
      if (instruction.equals(target)) {
        Matrix matrix = target.outputs().get(output);
        int bits = Float.floatToRawIntBits(matrix.get(row, column));
        matrix.set(row, column, Float.intBitsToFloat(bits ^ 1 << bit));
      }
    }
  }

  static Stream<Arguments> cases() {
    return Stream.of(GradientsTest.operations(), GradientsTest.sums(), GradientsTest.splits())
        .flatMap(cases -> cases);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aFlipInAnyInstructionIsNamed(Case of) {
    try (Bench bench = Bench.of(of)) {
      assertThat(namedInAll(bench)).isPositive();
    }
  }

  @Test
  void aFlipInAPickedRowIsNamed() {
    Graph graph = new Graph(1, 4, 4);
    GradientsTest.Builder builder = new GradientsTest.Builder(graph);
    graph.result("result", builder.logits(graph.pickRow("row", builder.embed(4))));
    Region region = GradientsTest.region(graph.parameters());
    try (Bench bench =
        new Bench(graph, region, Program.evaluate(graph, region, Shard.WHOLE), List.of())) {
      assertThat(namedInAll(bench)).isGreaterThanOrEqualTo(3);
    }
  }

  /** How many instructions write something; a flip in each is tried. */
  private static int namedInAll(Bench bench) {
    Program program = bench.executor.program();
    LocalComputation clean = bench.computed(NONE);
    Random random = new Random(3);
    int tried = 0;
    for (int at = 0; at < program.instructions().size(); at++) {
      Instruction target = program.instructions().get(at);
      if (!target.outputs().isEmpty()) {
        Flip flip = Flip.in(target, random);
        named(program, clean, bench.computed(flip), at, flip);
        tried++;
      }
    }
    return tried;
  }

  private static void named(
      Program program, LocalComputation clean, LocalComputation suspect, int at, Flip flip) {
    assertThat(Bisection.compare(program, clean, suspect))
        .as("flip in %s", flip.target())
        .isInstanceOfSatisfying(
            Differs.class,
            found -> {
              assertThat(found.operation().index()).isEqualTo(at);
              assertThat(found.operation().name()).isEqualTo(flip.target().toString());
              assertThat(found.output()).isEqualTo(flip.output());
              assertThat(found.difference().count()).isOne();
              assertThat(found.difference().first().row()).isEqualTo(flip.row());
              assertThat(found.difference().first().column()).isEqualTo(flip.column());
              assertThat(found.difference().first().bits()).containsExactly(flip.bit());
            });
  }

  /** But for what is seen in the memory of its input, and computes nothing. */
  @Test
  void everyKindOfOperationIsAmongThem() {
    Set<Class<?>> flipped = new HashSet<>(Set.of(Operation.PickRow.class));
    cases()
        .forEach(
            arguments -> {
              Case of = (Case) arguments.get()[0];
              Graph graph = new Graph(of.sequences(), of.length(), of.headSize());
              graph.crossEntropy("loss", of.model().logits(new GradientsTest.Builder(graph)));
              Region region = GradientsTest.region(graph.parameters());
              Program program = Program.train(graph, region, Shard.WHOLE, true);
              Set<String> names =
                  program.instructions().stream()
                      .filter(instruction -> !instruction.outputs().isEmpty())
                      .map(Instruction::name)
                      .collect(Collectors.toSet());
              Partition.of(graph).operations().stream()
                  .filter(operation -> names.contains(operation.name()))
                  .forEach(operation -> flipped.add(operation.getClass()));
            });
    Set<Class<?>> kinds = GradientsTest.kinds(Operation.class).collect(Collectors.toSet());
    kinds.removeAll(Set.of(Operation.OwnColumns.class, Operation.AllGather.class));
    assertThat(flipped).containsAll(kinds);
  }

  @Test
  void ofSeveralFlipsTheFirstIsNamed() {
    Case of = (Case) GradientsTest.operations().toList().getFirst().get()[0];
    try (Bench bench = Bench.of(of)) {
      Program program = bench.executor.program();
      List<Instruction> writing =
          program.instructions().stream().filter(each -> !each.outputs().isEmpty()).toList();
      Flip first = new Flip(writing.get(1), 0, 0, 1, 30);
      Flip later = new Flip(writing.getLast(), 0, 0, 0, 3);
      named(
          program,
          bench.computed(NONE),
          bench.computed(later.then(first)),
          program.instructions().indexOf(first.target()),
          first);
    }
  }

  @Test
  void theSameComputationIsTheSame() {
    Case of = (Case) GradientsTest.operations().toList().getFirst().get()[0];
    try (Bench bench = Bench.of(of)) {
      Program program = bench.executor.program();
      assertThat(Bisection.compare(program, bench.computed(NONE), bench.computed(NONE)))
          .isEqualTo(new Bisection.Same());
    }
  }

  /** The digests tell that it happened, and where; a second computation does not show it. */
  @Test
  void aFlipThatDoesNotComeAgainIsGone() {
    Case of = (Case) GradientsTest.operations().toList().getFirst().get()[0];
    try (Bench bench = Bench.of(of)) {
      Program program = bench.executor.program();
      Instruction target =
          program.instructions().stream()
              .filter(each -> each.kind() == Instruction.Kind.PRODUCT)
              .findFirst()
              .orElseThrow();
      Flip flip = new Flip(target, 0, 1, 1, 20);
      boolean[] passed = new boolean[1];
      Probe once =
          (step, microbatch, instruction) -> {
            if (instruction.equals(target) && !passed[0]) {
              passed[0] = true;
              flip.after(step, microbatch, instruction);
            }
          };
      assertThat(Bisection.compare(program, bench.computed(NONE), bench.computed(once)))
          .isInstanceOfSatisfying(
              Bisection.Gone.class,
              gone -> assertThat(gone.operation().name()).isEqualTo(target.toString()));
    }
  }
}
