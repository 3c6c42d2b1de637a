package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.data.Dataset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TrainerTest {

  private static final ModelConfig PICO = ModelConfig.preset("pico");
  private static final double CLIP_NORM = 0.05;
  private static final TrainConfig TRAIN =
      new TrainConfig(9, 3, 2, 2, 16, 4e-3, 10, 0.01, 0.9, 0.95, 1e-8, CLIP_NORM);

  private final Arena arena = Arena.ofConfined();
  private Trainer trainer;
  private ParameterLayout layout;

  @BeforeEach
  void open() throws Exception {
    trainer = new Trainer(PICO, TRAIN, Bits.data(TRAIN));
    layout = trainer.layout();
  }

  @AfterEach
  void close() {
    trainer.close();
    arena.close();
  }

  private MemorySegment state() {
    return dirty(layout.stateBytes());
  }

  private MemorySegment region() {
    return dirty(layout.regionBytes());
  }

  /** Filled with what is not zero, so that a place that is not written shows. */
  private MemorySegment dirty(long bytes) {
    return arena.allocate(bytes, 64).fill((byte) 0x5A);
  }

  private static BlockDigests read(MemorySegment segment) {
    return BlockDigests.read(segment);
  }

  @Test
  void versionZeroIsAFunctionOfTheSeed() throws Exception {
    MemorySegment one = state();
    MemorySegment two = state();
    assertThat(trainer.initialise(one)).isEqualTo(read(one)).isEqualTo(trainer.initialise(two));
    TrainConfig otherSeed = TrainConfig.defaults(10, 3, 2, 2, 16);
    try (Trainer other = new Trainer(PICO, otherSeed, Bits.data(TRAIN))) {
      assertThat(other.initialise(two)).isNotEqualTo(read(one));
    }
  }

  @Test
  void aGradientIsAFunctionOfParametersStepAndMicrobatch() {
    MemorySegment state = state();
    trainer.initialise(state);
    MemorySegment one = region();
    MemorySegment two = region();
    double loss = trainer.gradient(state, 1, 0, one);
    trainer.gradient(state, 2, 1, two);
    assertThat(read(two)).isNotEqualTo(read(one));
    MemorySegment parameters = state.asSlice(0, layout.regionBytes());
    assertThat(trainer.gradient(parameters, 1, 0, two)).isEqualTo(loss);
    assertThat(read(two)).isEqualTo(read(one));
    assertThat(loss).isEqualTo(Math.log(256), within(0.3));
  }

  @Test
  void anUpdateWritesAllOfTheNextVersionAndDigestsWhatItWrote() {
    MemorySegment previous = state();
    trainer.initialise(previous);
    MemorySegment sum = region();
    trainer.gradient(previous, 1, 0, sum);
    MemorySegment next = state();
    BlockDigests digests = trainer.update(previous, next, sum, 1, true);
    assertThat(digests).isNotNull().isEqualTo(read(next));
    MemorySegment again = state();
    long[] found = new long[BlockDigests.count(previous.byteSize())];
    assertThat(trainer.update(previous, again, sum, 1, found)).isEqualTo(digests);
    assertThat(again.mismatch(next)).isEqualTo(-1);
    assertThat(BlockDigests.of(found)).isEqualTo(BlockDigests.read(previous));
    again.fill((byte) 0);
    assertThat(trainer.update(previous, again, sum, 1, false)).isNull();
    assertThat(read(again)).isEqualTo(read(next)).isNotEqualTo(read(previous));
  }

  /** The textbook's AdamW in double precision, on single elements. */
  @Test
  void anUpdateIsAdamWithDecoupledDecay() {
    MemorySegment previous = state();
    trainer.initialise(previous);
    MemorySegment sum = region();
    trainer.gradient(previous, 1, 0, sum);
    MemorySegment next = state();
    trainer.update(previous, next, sum, 3, false);
    double norm = Math.sqrt(Trainer.squaredNorm(sum)) / TRAIN.microbatches();
    assertThat(norm).as("the gradient is clipped in this test").isGreaterThan(CLIP_NORM);
    double rate = TRAIN.learningRate() * 3 / TRAIN.warmupSteps();
    for (String name : new String[] {"blocks.1.ffn.up", "final.norm"}) {
      TensorSpec tensor = layout.tensor(name);
      double g = at(sum, tensor.offset()) / TRAIN.microbatches() * (CLIP_NORM / norm);
      double m = (1 - TRAIN.beta1()) * g / (1 - Math.pow(TRAIN.beta1(), 3));
      double v = (1 - TRAIN.beta2()) * g * g / (1 - Math.pow(TRAIN.beta2(), 3));
      double decay = tensor.isGain() ? 0 : TRAIN.weightDecay();
      double p = at(previous, tensor.offset());
      double wanted = p - rate * (m / (Math.sqrt(v) + TRAIN.epsilon()) + decay * p);
      assertThat(at(next, tensor.offset()))
          .as(name)
          .isEqualTo(wanted, within(1e-6))
          .isNotCloseTo(p, within(1e-5));
    }
  }

  private static double at(MemorySegment segment, long index) {
    return segment.getAtIndex(ValueLayout.JAVA_FLOAT, index);
  }

  @Test
  void aNanInTheGradientReachesTheStateForDetectorsToFind() {
    MemorySegment previous = state();
    trainer.initialise(previous);
    MemorySegment sum = region();
    trainer.gradient(previous, 1, 0, sum);
    sum.setAtIndex(ValueLayout.JAVA_FLOAT, 5, Float.NaN);
    assertThat(Trainer.squaredNorm(sum)).isNaN();
    MemorySegment next = state();
    trainer.update(previous, next, sum, 1, false);
    assertThat(at(next, 5)).isNaN();
  }

  @Test
  void sumsAreElementwise() {
    MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3);
    MemorySegment two = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 10, 20, 30);
    Trainer.add(one, two);
    assertThat(one.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(11, 22, 33);
    assertThat(Trainer.squaredNorm(one)).isEqualTo(11 * 11 + 22 * 22 + 33 * 33);
    assertThatThrownBy(() -> Trainer.add(one, two.asSlice(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cannot add 8 bytes to 12");
  }

  @Test
  void segmentsOfTheWrongSizeAreRefused() {
    MemorySegment small = arena.allocate(64);
    assertThatThrownBy(() -> trainer.initialise(small))
        .hasMessage("state has 64 bytes where " + layout.stateBytes() + " are needed");
    assertThatThrownBy(() -> trainer.gradient(state(), 1, 0, small))
        .hasMessage("gradient has 64 bytes where " + layout.regionBytes() + " are needed");
    assertThatThrownBy(() -> trainer.gradient(state(), 1, 2, region()))
        .hasMessage("microbatch 2 of 2");
    assertThatThrownBy(() -> trainer.update(state(), state(), region(), 0, false))
        .hasMessage("steps are counted from 1, not 0");
  }

  @Test
  void modelsThatDoNotFitTheDataOrTheSequenceAreRefused() throws Exception {
    Dataset data = Bits.data(TRAIN);
    ModelConfig small = new ModelConfig("small", 1, 8, 4, 4, 8, 128, 64);
    assertThatThrownBy(() -> new Trainer(small, TRAIN, data).close())
        .hasMessageContaining("vocabulary must be at least 256, but that of 'small' is 128");
    ModelConfig brief = new ModelConfig("brief", 1, 8, 4, 4, 8, 256, 8);
    assertThatThrownBy(() -> new Trainer(brief, TRAIN, data).close())
        .hasMessageContaining("sequenceLength 16 is longer than the contextLength 8");
  }
}
