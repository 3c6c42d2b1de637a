package dev.redoubt.trainer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The parameters of version 0: a pure function of the seed. The counter is the element's index in
 * the whole tensor, so a rank's part has the bits of the whole.
 *
 * <p>Weights are uniform, not normal: the same variance without a logarithm and a cosine whose bits
 * would have to be held. The deviation is one over the root of the rows; what writes into the
 * residual stream is divided by the root of the number of such writes (Radford et al. 2019), and
 * the head is small, so that the first loss is close to ln(vocabulary).
 */
final class Initialiser {

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final double UNIFORM_DEVIATION = 1 / Math.sqrt(3);
  private static final double EMBEDDING_DEVIATION = 0.5;
  private static final double HEAD_GAIN = 0.1;

  private final ModelConfig model;
  private final long seed;

  Initialiser(ModelConfig model, long seed) {
    this.model = model;
    this.seed = seed;
  }

  /** Writes the tensors of a layout, whole or a rank's, into a region of zeros. */
  void write(ParameterLayout layout, MemorySegment region) {
    for (int index = 0; index < layout.tensors().size(); index++) {
      TensorSpec tensor = layout.tensors().get(index);
      float scale = (float) (deviation(tensor) / UNIFORM_DEVIATION);
      for (long i = 0; i < tensor.size(); i++) {
        float value =
            tensor.isGain()
                ? 1f
                : CounterRandom.symmetric(seed, index, tensor.wholeIndex(i)) * scale;
        region.set(FLOAT, (tensor.offset() + i) * Float.BYTES, value);
      }
    }
  }

  private double deviation(TensorSpec tensor) {
    double unit = 1 / Math.sqrt(tensor.wholeRows());
    return switch (kind(tensor.name())) {
      case "embedding" -> EMBEDDING_DEVIATION;
      case "head" -> HEAD_GAIN * unit;
      case "output", "down" -> unit / Math.sqrt(2.0 * model.layers());
      default -> unit;
    };
  }

  private static String kind(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
