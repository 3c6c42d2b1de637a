package dev.redoubt.trainer.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.Program.CollectivePlan;
import dev.redoubt.trainer.program.Program.Pass;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is decided when a program is compiled: order, memory, buckets, names. */
class ProgramTest {

  private static final ModelConfig SENSES = ModelConfig.preset("pico").withInputs(3, 10);

  private static Program compile(ModelConfig model, int batch, int length, int count, boolean on) {
    TrainConfig train = TrainConfig.defaults(1, 1, 1, batch, length);
    return Trainer.program(model, train, new Shard(count - 1, count), on);
  }

  static Stream<Arguments> programs() {
    List<Arguments> programs = new ArrayList<>();
    for (int count : new int[] {1, 2, 4}) {
      for (boolean overlap : new boolean[] {false, true}) {
        programs.add(Arguments.of(compile(SENSES, 2, 70, count, overlap)));
        programs.add(Arguments.of(compile(ModelConfig.preset("nano"), 3, 33, count, overlap)));
      }
    }
    return programs.stream();
  }

  /** Whoever reads a value finds what the unit wrote that writes it in the order of the graph. */
  @ParameterizedTest
  @MethodSource("programs")
  void theScheduleKeepsWhatEveryReaderSees(Program program) {
    assertThat(program.units()).containsExactlyInAnyOrderElementsOf(program.unitsOfGraph());
    assertThat(sources(program.units())).isEqualTo(sources(program.unitsOfGraph()));
  }

  /** For every unit, who wrote last what it reads or goes on writing. */
  private static Map<String, List<String>> sources(List<Unit> order) {
    Map<Storage, String> writers = new HashMap<>();
    Map<String, List<String>> sources = new HashMap<>();
    for (Unit unit : order) {
      Set<Storage> touched = new HashSet<>(unit.reads);
      touched.addAll(unit.writes);
      sources.put(
          unit.name + unit.part,
          touched.stream()
              .map(storage -> storage.name() + " by " + writers.get(storage))
              .sorted()
              .toList());
      unit.writes.forEach(storage -> writers.put(storage, unit.name));
    }
    return sources;
  }

  @ParameterizedTest
  @MethodSource("programs")
  void noTwoLivingValuesShareMemory(Program program) {
    List<Buffer> buffers = new ArrayList<>(program.buffers());
    buffers.sort(Comparator.comparingLong(Buffer::offset));
    for (int i = 0; i < buffers.size(); i++) {
      Buffer one = buffers.get(i);
      assertThat(one.offset() % 64).isZero();
      assertThat(one.end()).isLessThanOrEqualTo(program.workspaceBytes());
      for (int j = i + 1; j < buffers.size() && buffers.get(j).offset() < one.end(); j++) {
        Buffer two = buffers.get(j);
        assertThat(one.to() < two.from() || two.to() < one.from())
            .as("%s and %s", one, two)
            .isTrue();
      }
    }
    Map<Storage, Buffer> places = program.places();
    for (int at = 0; at < program.units().size(); at++) {
      Unit unit = program.units().get(at);
      for (Set<Storage> used : List.of(unit.reads, unit.writes)) {
        for (Storage storage : used) {
          Buffer place = storage.planned() ? Objects.requireNonNull(places.get(storage)) : null;
          if (place != null) {
            assertThat(at).isBetween(place.from(), place.to());
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("programs")
  void exchangesAreStartedBeforeTheyAreAwaited(Program program) {
    List<CollectivePlan> plans = program.collectives();
    assertThat(plans.isEmpty()).isEqualTo(program.shard().isWhole());
    for (CollectivePlan plan : plans) {
      assertThat(plan.startAt()).isLessThan(plan.awaitAt());
      assertThat(plan.between()).hasSize(plan.awaitAt() - plan.startAt() - 1);
      assertThat(plan.collective().bytes()).isPositive();
    }
    assertThat(plans.stream().map(plan -> plan.collective().index())).doesNotHaveDuplicates();
  }

  /** Weight gradients run while sums of the backward pass are under way. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void overlapHidesExchangesBehindWeightGradients(int count) {
    ModelConfig nano = ModelConfig.preset("nano");
    Program off = compile(nano, 2, 64, count, false);
    assertThat(off.collectives()).allSatisfy(plan -> assertThat(plan.between()).isEmpty());
    Program on = compile(nano, 2, 64, count, true);
    for (int block = 0; block < 4; block++) {
      String sum = "blocks." + block + ".ffn.norm.gradient.sum";
      assertThat(plan(on, sum).between())
          .as(sum)
          .anyMatch(name -> name.endsWith(".gradient.weight"));
    }
    assertThat(plan(on, "blocks.2.attention.key.whole").between())
        .contains("blocks.2.attention.query");
    assertThat(on.collectives().stream().mapToLong(CollectivePlan::flopsBetween).sum())
        .isPositive();
    assertThat(on.schedule()).containsExactlyInAnyOrderElementsOf(off.schedule());
  }

  private static CollectivePlan plan(Program program, String name) {
    return program.collectives().stream()
        .filter(plan -> plan.collective().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("programs")
  void bucketsCoverTheGradientOnceAndAreFinalWhenTheyAreTold(Program program) {
    List<Bucket> byOffset = new ArrayList<>(program.buckets());
    byOffset.sort(Comparator.comparingLong(Bucket::offset));
    long end = 0;
    for (Bucket bucket : byOffset) {
      assertThat(bucket.offset()).isEqualTo(end);
      assertThat(bucket.bytes()).isPositive();
      assertThat(bucket.bytes() % BlockDigest.BLOCK_BYTES).isZero();
      end += bucket.bytes();
    }
    int last = -1;
    for (int index = 0; index < program.buckets().size(); index++) {
      Bucket bucket = program.buckets().get(index);
      assertThat(bucket.index()).isEqualTo(index);
      assertThat(program.readyAfter(bucket)).isGreaterThanOrEqualTo(last);
      last = program.readyAfter(bucket);
    }
    List<String> told =
        program.instructions().stream()
            .filter(each -> each.kind() == Instruction.Kind.BUCKET)
            .map(Instruction::toString)
            .toList();
    assertThat(told).hasSameSizeAs(program.buckets()).doesNotHaveDuplicates();
    assertThat(program.instructions().getLast().kind()).isEqualTo(Instruction.Kind.BUCKET);
  }

  /** The head's part of the gradient can leave long before the embedding's. */
  @Test
  void bucketsOfLaterLayersAreFinalFirst() {
    ModelConfig pro = ModelConfig.preset("pro");
    Program program = compile(pro, 1, 16, 1, true);
    ParameterLayout layout = ParameterLayout.of(pro);
    List<Bucket> buckets = program.buckets();
    assertThat(buckets).hasSizeBetween(10, 16);
    assertThat(buckets.stream().mapToLong(Bucket::bytes).sum()).isEqualTo(layout.regionBytes());
    assertThat(buckets.getFirst().offset() + buckets.getFirst().bytes())
        .isEqualTo(layout.regionBytes());
    assertThat(buckets.getLast().offset()).isZero();
    int middle = program.readyAfter(buckets.get(buckets.size() / 2));
    assertThat(program.schedule().subList(middle + 1, program.schedule().size()))
        .contains("blocks.0.attention.norm.gradient", "embedding.gradient");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void instructionsHaveNamesOfTheirOwn(int count) {
    Program program = compile(SENSES, 2, 70, count, true);
    assertThat(program.instructions().stream().map(Instruction::toString))
        .doesNotHaveDuplicates()
        .contains(
            "embedding",
            "inputs.image",
            "blocks.1.attention.scores[1,0]",
            "blocks.1.attention.shares.again[0,1]",
            "blocks.0.attention.scores.gradient.key[1,1,3]",
            "blocks.1.ffn.down[3]",
            "blocks.1.ffn.residual",
            "head.gradient.weight",
            "loss");
  }

  /** Twice the context takes twice the memory, whatever the context. */
  @Test
  void memoryIsLinearInTheContext() {
    ModelConfig pro = ModelConfig.preset("pro");
    long shorter = compile(pro, 1, 8192, 1, true).workspaceBytes();
    Program longest = compile(pro, 1, ModelConfig.CONTEXT_MAX, 1, true);
    double growth = (double) longest.workspaceBytes() / shorter;
    assertThat(growth).isEqualTo(4, within(0.01));
    long scores = 4L * pro.heads() * ModelConfig.CONTEXT_MAX * ModelConfig.CONTEXT_MAX;
    assertThat(longest.workspaceBytes()).isLessThan(scores / 5);
    assertThat(longest.flops(Pass.BACKWARD)).isGreaterThan(2 * longest.flops(Pass.FORWARD));
  }

  /** A rank's work shrinks with the number of ranks, but for what all of them repeat. */
  @Test
  void ranksShareTheWork() {
    ModelConfig pro = ModelConfig.preset("pro");
    Program one = compile(pro, 1, 128, 1, true);
    Program four = compile(pro, 1, 128, 4, true);
    for (Pass pass : Pass.values()) {
      assertThat((double) one.flops(pass) / four.flops(pass)).isEqualTo(4, within(0.001));
    }
    assertThat(four.workspaceBytes()).isLessThan(one.workspaceBytes());
    long multiplied = 6L * 128 * ParameterLayout.of(pro).parameterCount();
    assertThat((double) one.flops(Pass.FORWARD) + one.flops(Pass.BACKWARD))
        .as("six operations for each token and weight, and attention")
        .isBetween(multiplied * 0.95, multiplied * 1.2);
  }
}
