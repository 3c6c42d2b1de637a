package dev.redoubt.trainer;

import dev.redoubt.trainer.kernel.Slices;
import java.util.List;

/**
 * The dimensions of a decoder-only transformer with one key and value head (multi-query attention).
 *
 * @param name for people and reports; no part of the arithmetic
 * @param layers number of blocks
 * @param width floats in a token's row of the residual stream; a multiple of 4, as are heads, head
 *     size, feed-forward and vocabulary, so that a mesh can split them
 * @param heads query heads
 * @param headSize floats in a head, even because rotary positions turn pairs
 * @param ffnWidth columns of the gated feed-forward
 * @param vocabulary number of tokens; 256 for bytes
 * @param contextLength longest sequence, in tokens
 */
public record ModelConfig(
    String name,
    int layers,
    int width,
    int heads,
    int headSize,
    int ffnWidth,
    int vocabulary,
    int contextLength) {

  private static final List<ModelConfig> PRESETS =
      List.of(
          new ModelConfig("pico", 2, 32, 4, 8, 96, 256, 512),
          new ModelConfig("nano", 4, 128, 4, 32, 512, 256, 512));

  /**
   * Checks the dimensions.
   *
   * @throws IllegalArgumentException naming the dimension that is wrong
   */
  public ModelConfig {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a model needs a name");
    }
    positive("layers", layers);
    sliced("width", width);
    sliced("heads", heads);
    sliced("headSize", headSize);
    sliced("ffnWidth", ffnWidth);
    sliced("vocabulary", vocabulary);
    positive("contextLength", contextLength);
  }

  /**
   * A model by its name.
   *
   * @throws IllegalArgumentException if there is none, naming the known ones
   */
  public static ModelConfig preset(String name) {
    return PRESETS.stream()
        .filter(model -> model.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no model is called '"
                        + name
                        + "'; known are "
                        + String.join(", ", presets())));
  }

  /** The names that {@link #preset} knows, smallest model first. */
  public static List<String> presets() {
    return PRESETS.stream().map(ModelConfig::name).toList();
  }

  /** Columns of the query projection: all heads side by side. */
  int queryWidth() {
    return heads * headSize;
  }

  private static void positive(String what, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(what + " must be positive, not " + value);
    }
  }

  /** Contractions over these may be split over a mesh, in a fixed number of slices. */
  private static void sliced(String what, int value) {
    positive(what, value);
    if (value % Slices.COUNT != 0) {
      throw new IllegalArgumentException(
          "%s must be a multiple of %d, so that a mesh can split it; it is %d"
              .formatted(what, Slices.COUNT, value));
    }
  }
}
