package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.trainer.data.Dataset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gradient of every parameter of small models, against central differences. */
class GradientTest {

  private static final double RELATIVE = 1e-3;
  private static final double STEP = 1e-4;

  /** Heads of two slices each, so that a slice's chain runs over more than one head. */
  private static final ModelConfig EIGHT_HEADS =
      new ModelConfig("eight", 2, 12, 8, 4, 20, 256, 512);

  private static final ModelConfig FOUR_HEADS = new ModelConfig("four", 1, 20, 4, 8, 12, 256, 512);

  @Test
  void everyParameterOfSmallModels() throws Exception {
    check(EIGHT_HEADS, TrainConfig.defaults(5, 1, 2, 2, 5), 1);
    check(FOUR_HEADS, TrainConfig.defaults(6, 1, 2, 1, 7), 1);
  }

  /** Sequences longer than one block of queries, and not a multiple of it. */
  @ParameterizedTest
  @ValueSource(ints = {64, 70})
  void longSequences(int length) throws Exception {
    check(FOUR_HEADS, TrainConfig.defaults(7, 1, 2, 1, length), 97);
  }

  private static void check(ModelConfig model, TrainConfig train, int every) throws Exception {
    byte[] text = new byte[train.sequenceLength() * 20 + 1];
    new Random(1).nextBytes(text);
    Dataset data = Dataset.of(text, train);
    try (Trainer trainer = new Trainer(model, train, data);
        Arena arena = Arena.ofConfined()) {
      ParameterLayout layout = trainer.layout();
      MemorySegment state = arena.allocate(layout.stateBytes());
      MemorySegment gradient = arena.allocate(layout.regionBytes());
      trainer.initialise(state);
      perturbGains(layout, state);
      double loss = trainer.gradient(state, 1, 1, gradient);
      double[] parameters = floats(state, layout.regionFloats());
      ReferenceModel reference = new ReferenceModel(model, parameters);
      int[][] sequences = sequences(data, train);
      assertThat(loss).isEqualTo(reference.loss(sequences), within(1e-5));
      double[] gradients = floats(gradient, layout.regionFloats());
      for (TensorSpec tensor : layout.tensors()) {
        tensor(tensor, reference, parameters, sequences, gradients, every);
      }
    }
  }

  private static void tensor(
      TensorSpec tensor,
      ReferenceModel reference,
      double[] parameters,
      int[][] sequences,
      double[] gradients,
      int every) {
    double largest = 0;
    int from = (int) tensor.offset();
    for (int i = from; i < from + tensor.size(); i++) {
      largest = Math.max(largest, Math.abs(gradients[i]));
    }
    assertThat(largest).as(tensor.name()).isPositive();
    for (int i = from; i < from + tensor.size(); i += every) {
      double kept = parameters[i];
      parameters[i] = kept + STEP;
      double above = reference.loss(sequences);
      parameters[i] = kept - STEP;
      double below = reference.loss(sequences);
      parameters[i] = kept;
      assertThat(gradients[i])
          .as("%s[%d]", tensor.name(), i - from)
          .isEqualTo((above - below) / (2 * STEP), within(RELATIVE * largest));
    }
  }

  /** Gains other than one, so that a forgotten gain shows. */
  private static void perturbGains(ParameterLayout layout, MemorySegment state) {
    Random random = new Random(2);
    for (TensorSpec tensor : layout.tensors()) {
      for (int i = 0; tensor.isGain() && i < tensor.size(); i++) {
        float gain = 0.5f + random.nextFloat();
        state.setAtIndex(ValueLayout.JAVA_FLOAT, tensor.offset() + i, gain);
      }
    }
  }

  private static double[] floats(MemorySegment segment, long count) {
    double[] values = new double[(int) count];
    for (int i = 0; i < values.length; i++) {
      values[i] = segment.getAtIndex(ValueLayout.JAVA_FLOAT, i);
    }
    return values;
  }

  private static int[][] sequences(Dataset data, TrainConfig train) {
    int[][] sequences = new int[train.batchSize()][train.sequenceLength() + 1];
    for (int row = 0; row < train.batchSize(); row++) {
      data.sample(data.indexOf(1, 1, row), sequences[row]);
    }
    return sequences;
  }
}
