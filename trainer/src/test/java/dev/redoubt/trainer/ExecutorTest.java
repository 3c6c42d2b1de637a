package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.data.Dataset;
import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.program.Bucket;
import dev.redoubt.trainer.program.BucketListener;
import dev.redoubt.trainer.program.Executor;
import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.Instruction.Kind;
import dev.redoubt.trainer.program.Links;
import dev.redoubt.trainer.program.Probe;
import dev.redoubt.trainer.program.Program;
import dev.redoubt.trainer.program.Shard;
import dev.redoubt.trainer.program.Tile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A program as it runs: probes, buckets, memory, forward passes. */
class ExecutorTest {

  private static final ModelConfig PICO = ModelConfig.preset("pico");
  private static final TrainConfig TRAIN = TrainConfig.defaults(5, 1, 2, 2, 70);

  private final Arena arena = Arena.ofConfined();
  private Trainer trainer;
  private MemorySegment state;

  @BeforeEach
  void open() throws Exception {
    trainer = new Trainer(PICO, TRAIN, Bits.data(TRAIN));
    state = arena.allocate(trainer.layout().stateBytes(), 64);
    trainer.initialise(state);
  }

  @AfterEach
  void close() {
    trainer.close();
    arena.close();
  }

  private MemorySegment region() {
    return arena.allocate(trainer.layout().regionBytes(), 64).fill((byte) 0x5A);
  }

  private BlockDigests gradient() {
    MemorySegment gradient = region();
    trainer.gradient(state, 1, 1, gradient);
    return BlockDigests.read(gradient);
  }

  /** Flips one bit of what one instruction writes, once. */
  private record Flip(String instruction, int row, int column, int bit) implements Probe {
    @Override
    public void after(long step, int microbatch, Instruction seen) {
      if (seen.toString().equals(instruction)) {
        Matrix output = seen.outputs().getFirst();
        int bits = Float.floatToRawIntBits(output.get(row, column));
        output.set(row, column, Float.intBitsToFloat(bits ^ (1 << bit)));
      }
    }
  }

  @Test
  void aFlippedBitInAnyOperationChangesTheGradient() {
    BlockDigests clean = gradient();
    for (String instruction :
        List.of(
            "embedding",
            "blocks.0.attention.query.rotary",
            "blocks.1.attention.scores[1,0]",
            "blocks.1.attention.shares.again[0,1]",
            "blocks.0.attention.mix.gradient.value[1,1,2]",
            "blocks.1.ffn.down[2]",
            "blocks.0.ffn.residual",
            "blocks.0.ffn.norm.gradient",
            "loss",
            "head.gradient.weight")) {
      trainer.probe(new Flip(instruction, 9, 1, 21));
      assertThat(gradient()).as(instruction).isNotEqualTo(clean);
    }
    trainer.probe(null);
    assertThat(gradient()).isEqualTo(clean);
  }

  /** A probe that sees, and what it sees. */
  private static final class Seen implements Probe {
    private final List<String> before = new ArrayList<>();
    private final List<String> after = new ArrayList<>();
    private final List<Instruction> instructions = new ArrayList<>();

    @Override
    public void before(long step, int microbatch, Instruction instruction) {
      before.add(step + "/" + microbatch + " " + instruction);
    }

    @Override
    public void after(long step, int microbatch, Instruction instruction) {
      after.add(step + "/" + microbatch + " " + instruction);
      instructions.add(instruction);
    }
  }

  @Test
  void aProbeSeesEveryInstructionWithItsPlaceInTheRun() {
    Seen seen = new Seen();
    trainer.probe(seen);
    trainer.gradient(state, 7, 1, region());
    assertThat(seen.instructions).isEqualTo(trainer.program().instructions());
    assertThat(seen.before).isEqualTo(seen.after).doesNotHaveDuplicates();
    assertThat(seen.after).contains("7/1 blocks.1.ffn.gate", "7/1 blocks.0.attention.mix[1,1]");
    Instruction up =
        seen.instructions.stream()
            .filter(each -> each.name().equals("blocks.0.ffn.up"))
            .findFirst()
            .orElseThrow();
    assertThat(up.kind()).isEqualTo(Kind.PRODUCT);
    assertThat(up.tile()).isEqualTo(Tile.ALL);

    assertThat(Objects.requireNonNull(up.factors()).right().rows()).isEqualTo(PICO.width());
    assertThat(up.flops()).isEqualTo(2L * 140 * 32 * 96);
  }

  /** Every product that a probe is told of is the product of the factors that it is told of. */
  @Test
  void aProbeCanCheckProducts() {
    List<String> checked = new ArrayList<>();
    trainer.probe(
        new Probe() {
          private double held;

          @Override
          public void before(long step, int microbatch, Instruction instruction) {
            if (instruction.factors() != null) {
              held =
                  switch (instruction.factors().into()) {
                    case OVERWRITE -> 0;
                    case CONTINUE -> instruction.outputs().getFirst().get(0, 0);
                  };
            }
          }

          @Override
          public void after(long step, int microbatch, Instruction instruction) {
            Instruction.Factors factors = instruction.factors();
            if (factors != null) {
              double sum = held;
              Matrix a = factors.left();
              Matrix b = factors.right();
              int depth = factors.leftTransposed() ? a.rows() : a.columns();
              for (int k = 0; k < depth; k++) {
                sum +=
                    (factors.leftTransposed() ? a.get(k, 0) : a.get(0, k))
                        * (double) (factors.rightTransposed() ? b.get(0, k) : b.get(k, 0));
              }
              assertThat((double) instruction.outputs().getFirst().get(0, 0))
                  .as(instruction.toString())
                  .isEqualTo(sum, within(1e-4 * Math.max(1, Math.abs(sum))));
              checked.add(instruction.toString());
            }
          }
        });
    trainer.gradient(state, 1, 0, region());
    assertThat(checked).hasSizeGreaterThan(100);
  }

  /** What a listener is told to be final is what stands there at the end. */
  @Test
  void bucketsAreFinalWhenTheyAreTold() throws Exception {
    ModelConfig nano = ModelConfig.preset("nano");
    try (Trainer large = new Trainer(nano, TRAIN, Bits.data(TRAIN))) {
      MemorySegment parameters = arena.allocate(large.layout().stateBytes(), 64);
      large.initialise(parameters);
      MemorySegment gradient = arena.allocate(large.layout().regionBytes(), 64).fill((byte) 0x5A);
      MemorySegment told = arena.allocate(large.layout().regionBytes(), 64);
      List<Bucket> buckets = new ArrayList<>();
      large.gradient(
          parameters,
          1,
          0,
          gradient,
          bucket -> {
            buckets.add(bucket);
            MemorySegment.copy(gradient, bucket.offset(), told, bucket.offset(), bucket.bytes());
          });
      assertThat(buckets).isEqualTo(large.buckets()).hasSizeGreaterThan(2);
      assertThat(BlockDigests.read(told)).isEqualTo(BlockDigests.read(gradient));
    }
  }

  /** Long enough for 32 blocks of queries: against the textbook's model in double precision. */
  @Test
  void aLongContextHasTheRightLoss() throws Exception {
    ModelConfig small = new ModelConfig("small", 1, 8, 4, 4, 8, 256, 2048);
    TrainConfig train = TrainConfig.defaults(2, 1, 1, 1, 2048);
    Dataset data = Bits.data(train);
    try (Trainer one = new Trainer(small, train, data)) {
      MemorySegment parameters = arena.allocate(one.layout().stateBytes(), 64);
      one.initialise(parameters);
      MemorySegment gradient = arena.allocate(one.layout().regionBytes(), 64);
      double loss = one.gradient(parameters, 1, 0, gradient);
      int[][] sequence = new int[1][2049];
      data.sample(data.indexOf(1, 0, 0), sequence[0]);
      double[] values = new double[(int) one.layout().regionFloats()];
      for (int i = 0; i < values.length; i++) {
        values[i] = parameters.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      }
      assertThat(loss).isEqualTo(new ReferenceModel(small, values).loss(sequence), within(1e-5));
    }
  }

  /**
   * Vectors are objects until they are compiled, and where the compiler gives up on a kernel they
   * stay so. Rows shorter than any vector keep them out of what is counted here: what the program
   * itself makes in a step, which is nothing.
   */
  @Test
  void aStepAllocatesNothingOnceItIsCompiled() {
    ModelConfig thin = new ModelConfig("thin", 2, 4, 4, 4, 4, 4, 3);
    TrainConfig train = TrainConfig.defaults(5, 1, 2, 2, 3);
    Executor executor =
        new Executor(Trainer.program(thin, train, Shard.WHOLE, true), Links.NONE, arena);
    long bytes = ParameterLayout.of(thin).regionBytes();
    MemorySegment parameters = arena.allocate(bytes, 64);
    MemorySegment gradient = arena.allocate(bytes, 64);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long allocated = Long.MAX_VALUE;
    // The compiler works beside the steps: on a busy machine it takes as long as it takes.
    long giveUp = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    for (int step = 0; allocated > 256 && System.nanoTime() < giveUp; step++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      executor.train(parameters, gradient, step, 0, BucketListener.NONE);
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertThat(allocated).isLessThanOrEqualTo(256);
  }

  @Test
  void misuseIsNamed() {
    Program program = Trainer.program(PICO, TRAIN, Shard.WHOLE, true);
    Executor executor = new Executor(program, Links.NONE, arena);
    assertThatThrownBy(() -> new Executor(program, Links.NONE, arena))
        .hasMessage("a program belongs to one executor: compile another one");
    assertThatThrownBy(() -> executor.input("inputs.image.patches"))
        .hasMessage("the program has no input inputs.image.patches, but []");
    assertThatThrownBy(executor::result).hasMessage("the program has no result");
    assertThatThrownBy(
            () -> executor.train(state.asSlice(0, 64), region(), 1, 0, BucketListener.NONE))
        .hasMessageContaining("a segment of 64 bytes where");
    Program forward =
        Program.evaluate(
            DecoderGraph.loss(PICO, 2, 70), DecoderGraph.region(trainer.layout()), Shard.WHOLE);
    Executor without = new Executor(forward, Links.NONE, arena);
    assertThatThrownBy(() -> without.train(state, region(), 1, 0, BucketListener.NONE))
        .hasMessage("the program has no gradients");
    assertThat(forward.workspaceBytes()).isLessThan(program.workspaceBytes() / 4);
  }

  @Test
  void theLossOfSamplesIsThatOfTheirRows() throws Exception {
    Dataset data = Bits.data(TRAIN);
    List<Sample> samples = new ArrayList<>();
    for (int row = 0; row < TRAIN.batchSize(); row++) {
      Sample sample = Sample.ofText(TRAIN.sequenceLength());
      data.sample(data.indexOf(1, 1, row), sample);
      samples.add(sample);
    }
    double batch = trainer.gradient(state, 1, 1, region());
    assertThat(trainer.loss(state, 1, samples)).isEqualTo(batch, within(1e-9));
    assertThat(trainer.loss(state, 1, List.of())).isZero();
    for (int row = 0; row < TRAIN.sequenceLength(); row++) {
      samples.getFirst().targets()[row] = Sample.NONE;
    }
    double second = trainer.loss(state, 1, samples.subList(1, 2));
    assertThat(trainer.loss(state, 1, samples)).isEqualTo(second);
  }

  /** The loss of a row follows from the logits that the model gives for it. */
  @Test
  void logitsAreThoseOfTheRow() {
    Sample sample = Sample.ofText(TRAIN.sequenceLength());
    Random random = new Random(8);
    for (int row = 0; row < TRAIN.sequenceLength(); row++) {
      sample.tokens()[row] = random.nextInt(256);
      sample.targets()[row] = Sample.NONE;
    }
    for (int row : new int[] {0, 63, 64, 69}) {
      float[] logits = trainer.logits(state, 1, sample, row);
      assertThat(logits).hasSize(256);
      double sum = 0;
      for (float logit : logits) {
        sum += Math.exp(logit);
      }
      sample.targets()[row] = 17;
      double loss = trainer.loss(state, 1, List.of(sample));
      sample.targets()[row] = Sample.NONE;
      assertThat(Math.log(sum) - logits[17]).isEqualTo(loss, within(1e-5));
    }
    assertThatThrownBy(() -> trainer.logits(state, 1, sample, 70)).hasMessage("row 70 of 70");
    assertThatThrownBy(() -> trainer.logits(state, 1, Sample.ofText(9), 1))
        .hasMessage("a sample of 9 tokens where 70 are needed");
  }
}
