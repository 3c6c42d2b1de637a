package dev.redoubt.cli.scenario;

import java.util.List;
import java.util.Optional;

/** What the checks of a scenario need to know about models. */
public interface ModelCatalog {

  /** The names that a scenario may give as {@code model}. */
  List<String> presets();

  /** The dimensions of a preset, or empty if there is none of that name. */
  Optional<Dimensions> preset(String name);

  /** What is wrong with these dimensions, or empty. */
  default Optional<String> problem(Dimensions dimensions) {
    return Optional.empty();
  }

  /** Every tensor of a model, in its canonical order. */
  List<Tensor> tensors(Dimensions dimensions);

  /**
   * Every tensor of a rank's shard, in the same order.
   *
   * @param ranks in a pod: 1, 2 or 4
   * @param rank below that
   */
  List<Tensor> tensors(Dimensions dimensions, int ranks, int rank);

  /**
   * What the operations of a training step write, in the order in which they run; the names are
   * those with tiles, such as {@code blocks.0.ffn.up[0,0]}.
   *
   * @param batchSize samples of a microbatch
   * @param sequenceLength at most the context of the model
   * @param ranks in a pod
   */
  List<Operation> operations(Dimensions dimensions, int batchSize, int sequenceLength, int ranks);

  /** How many numbers the parameters of a model are. */
  default long parameters(Dimensions dimensions) {
    return tensors(dimensions).stream().mapToLong(Tensor::elements).sum();
  }

  /**
   * The numbers that define a model; all at least 1, but for the last two.
   *
   * @param imagePatch pixels on a side of a patch; 0 if it does not see
   * @param audioFrame samples in a frame; 0 if it does not hear
   */
  record Dimensions(
      int layers,
      int width,
      int heads,
      int headSize,
      int ffnWidth,
      int vocabulary,
      int contextLength,
      int imagePatch,
      int audioFrame) {

    /** Of a model of text alone. */
    public Dimensions(
        int layers,
        int width,
        int heads,
        int headSize,
        int ffnWidth,
        int vocabulary,
        int contextLength) {
      this(layers, width, heads, headSize, ffnWidth, vocabulary, contextLength, 0, 0);
    }

    Dimensions withVocabulary(int tokens) {
      return new Dimensions(
          layers, width, heads, headSize, ffnWidth, tokens, contextLength, imagePatch, audioFrame);
    }

    Dimensions withInputs(int patch, int frame) {
      return new Dimensions(
          layers, width, heads, headSize, ffnWidth, vocabulary, contextLength, patch, frame);
    }
  }

  /**
   * An operation of a training step.
   *
   * @param output what it writes, under the operation's name
   * @param product whether it is a matrix product
   * @param depth of the contraction; 0 if it is none
   * @param continues whether it adds to what stood there
   */
  record Operation(Tensor output, boolean product, int depth, boolean continues) {}

  /** A named parameter tensor. */
  record Tensor(String name, List<Integer> shape) {
    public Tensor {
      shape = List.copyOf(shape);
    }

    public long elements() {
      return shape.stream().mapToLong(Integer::longValue).reduce(1L, Math::multiplyExact);
    }
  }
}
