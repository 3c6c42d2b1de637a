package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.program.Bucket;
import dev.redoubt.trainer.program.Collective;
import dev.redoubt.trainer.program.Executor;
import dev.redoubt.trainer.program.Links;
import dev.redoubt.trainer.program.Program;
import dev.redoubt.trainer.program.Program.CollectivePlan;
import dev.redoubt.trainer.program.Program.OperationPlan;
import dev.redoubt.trainer.program.Shard;
import dev.redoubt.trainer.program.Sharding;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pod of 2 or 4 ranks gets the bits of one worker, whatever its exchanges overlap with. */
class PartitionTest {

  /** More than one block of queries, and a last one that is not full. */
  private static final TrainConfig TRAIN = TrainConfig.defaults(5, 1, 2, 2, 70);

  private static final ModelConfig TEXT = new ModelConfig("text", 2, 20, 8, 12, 28, 260, 128);
  private static final ModelConfig SENSES = TEXT.withInputs(3, 10);

  private final Arena arena = Arena.ofShared();

  @AfterEach
  void close() {
    arena.close();
  }

  /** Tokens, patches and frames, and rows without a target. */
  private static void fill(Executor executor, ModelConfig model) {
    Random random = new Random(3);
    for (int row = 0; row < TRAIN.tokens(); row++) {
      boolean token = model.featureWidth() == 0 || row % 3 != 1;
      executor.tokens()[row] = token ? random.nextInt(model.vocabulary()) : Sample.NONE;
      executor.targets()[row] = row % 5 == 2 ? Sample.NONE : random.nextInt(model.vocabulary());
    }
    if (model.featureWidth() > 0) {
      fill(executor.input(DecoderGraph.IMAGE), random);
      fill(executor.input(DecoderGraph.AUDIO), random);
    }
  }

  private static void fill(Matrix matrix, Random random) {
    for (int row = 0; row < matrix.rows(); row++) {
      for (int column = 0; column < matrix.columns(); column++) {
        matrix.set(row, column, row % 3 == 1 ? (float) random.nextGaussian() : 0f);
      }
    }
  }

  private record Result(double loss, MemorySegment gradient, List<Bucket> told) {}

  private Result run(
      ModelConfig model, Shard shard, boolean overlap, MemorySegment parameters, Links links) {
    Program program = Trainer.program(model, TRAIN, shard, overlap);
    Executor executor = new Executor(program, links, arena);
    fill(executor, model);
    long bytes = ParameterLayout.of(model, shard).regionBytes();
    MemorySegment gradient = arena.allocate(bytes, 64).fill((byte) 0x5A);
    List<Bucket> told = new ArrayList<>();
    double loss = 0;
    for (int microbatch = 0; microbatch < 2; microbatch++) {
      told.clear();
      loss = executor.train(parameters, gradient, 1, microbatch, told::add);
    }
    return new Result(loss, gradient, told);
  }

  private MemorySegment state(ModelConfig model) throws Exception {
    try (Trainer trainer = new Trainer(model, TRAIN, Bits.data(TRAIN))) {
      MemorySegment state = arena.allocate(trainer.layout().stateBytes(), 64);
      trainer.initialise(state);
      return state;
    }
  }

  @ParameterizedTest
  @CsvSource({"2, true", "2, false", "4, true", "4, false"})
  void aPodGetsTheBitsOfOneWorker(int count, boolean overlap) throws Exception {
    for (ModelConfig model : List.of(TEXT, SENSES)) {
      ShardCut cut = new ShardCut(model, count);
      MemorySegment state = state(model);
      Result whole = run(model, Shard.WHOLE, overlap, state, Links.NONE);
      assertThat(whole.loss()).isBetween(5.0, 6.5);
      List<Result> parts =
          Pod.run(
              count,
              (rank, links) -> {
                MemorySegment part = arena.allocate(cut.part(rank).stateBytes(), 64);
                cut.cutState(state, rank, part);
                return run(model, new Shard(rank, count), overlap, part, links);
              });
      for (int rank = 0; rank < count; rank++) {
        assertThat(parts.get(rank).loss()).isEqualTo(whole.loss());
        MemorySegment wanted = arena.allocate(cut.part(rank).regionBytes(), 64);
        cut.cutGradient(whole.gradient(), rank, wanted);
        assertThat(BlockDigests.read(parts.get(rank).gradient()))
            .as("gradient of rank %d of %d of %s", rank, count, model.name())
            .isEqualTo(BlockDigests.read(wanted));
      }
    }
  }

  /** The ways in which a value is split are found, and so are the exchanges. */
  @Test
  void annotationsArePropagated() {
    Program program = Trainer.program(TEXT, TRAIN, new Shard(1, 2), true);
    Map<String, Sharding> shardings =
        program.operations().stream()
            .collect(Collectors.toMap(OperationPlan::name, OperationPlan::sharding));
    assertThat(shardings)
        .containsEntry("embedding", Sharding.COLUMNS)
        .containsEntry("embedding.whole", Sharding.REPLICATED)
        .containsEntry("blocks.1.attention.query.rotary", Sharding.COLUMNS)
        .containsEntry("blocks.1.attention.key.rotary", Sharding.REPLICATED)
        .containsEntry("blocks.1.attention.scores", Sharding.COLUMNS)
        .containsEntry("blocks.1.attention.output", Sharding.PARTIAL)
        .containsEntry("blocks.1.attention.residual", Sharding.REPLICATED)
        .containsEntry("blocks.1.attention.output.gradient.weight", Sharding.ROWS)
        .containsEntry("blocks.1.attention.mix.gradient.value", Sharding.PARTIAL)
        .containsEntry("blocks.1.ffn.up.gradient.weight", Sharding.COLUMNS)
        .containsEntry("blocks.1.ffn.norm.gradient", Sharding.REPLICATED)
        .containsEntry("loss", Sharding.REPLICATED);
    Map<Collective.Kind, Long> kinds =
        program.collectives().stream()
            .map(CollectivePlan::collective)
            .collect(Collectors.groupingBy(Collective::kind, Collectors.counting()));
    assertThat(kinds)
        .as("each block: two sums forward, two and that of the keys backward; keys and values")
        .containsEntry(Collective.Kind.ALL_REDUCE, 2 * 5L + 1)
        .containsEntry(Collective.Kind.REDUCE_SCATTER, 2L)
        .containsEntry(Collective.Kind.ALL_GATHER, 2 * 2L + 2);
  }

  /** Names and shapes of operations are those of the model, not of the mesh. */
  @Test
  void operationsAreNamedAlikeOnEveryMesh() {
    List<Function<OperationPlan, Object>> seen =
        List.of(OperationPlan::name, OperationPlan::rows, OperationPlan::columns);
    List<OperationPlan> one = Trainer.program(TEXT, TRAIN, Shard.WHOLE, true).operations();
    List<OperationPlan> four = Trainer.program(TEXT, TRAIN, new Shard(3, 4), true).operations();
    for (Function<OperationPlan, Object> property : seen) {
      assertThat(four.stream().map(property))
          .containsExactlyElementsOf(one.stream().map(property).toList());
    }
  }
}
