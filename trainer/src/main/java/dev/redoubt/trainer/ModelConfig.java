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
 * @param contextLength longest sequence, in tokens; memory grows with the sequences of a run, not
 *     with this
 * @param imagePatch pixels on a side of an image's patch, in three colours; 0 if it does not see
 * @param audioFrame samples in a frame of sound; 0 if it does not hear
 */
public record ModelConfig(
    String name,
    int layers,
    int width,
    int heads,
    int headSize,
    int ffnWidth,
    int vocabulary,
    int contextLength,
    int imagePatch,
    int audioFrame) {

  /** The longest context that a model may have. */
  public static final int CONTEXT_MAX = 32_768;

  private static final int COLOURS = 3;
  private static final int IMAGE_PATCH_MAX = 64;
  private static final List<ModelConfig> PRESETS =
      List.of(
          new ModelConfig("pico", 2, 32, 4, 8, 96, 256, CONTEXT_MAX),
          new ModelConfig("nano", 4, 128, 4, 32, 512, 256, CONTEXT_MAX),
          new ModelConfig("pro", 6, 384, 8, 64, 1024, 256, CONTEXT_MAX),
          new ModelConfig("ultra", 12, 768, 12, 64, 3072, 256, CONTEXT_MAX));

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
    atMost("contextLength", contextLength, CONTEXT_MAX);
    notNegative("imagePatch", imagePatch);
    atMost("imagePatch", imagePatch, IMAGE_PATCH_MAX);
    notNegative("audioFrame", audioFrame);
  }

  /** A model of text alone. */
  public ModelConfig(
      String name,
      int layers,
      int width,
      int heads,
      int headSize,
      int ffnWidth,
      int vocabulary,
      int contextLength) {
    this(name, layers, width, heads, headSize, ffnWidth, vocabulary, contextLength, 0, 0);
  }

  /** The same model over another vocabulary. */
  public ModelConfig withVocabulary(int tokens) {
    return new ModelConfig(
        name,
        layers,
        width,
        heads,
        headSize,
        ffnWidth,
        tokens,
        contextLength,
        imagePatch,
        audioFrame);
  }

  /** The same model that takes images and sound. */
  public ModelConfig withInputs(int patch, int frame) {
    return new ModelConfig(
        name, layers, width, heads, headSize, ffnWidth, vocabulary, contextLength, patch, frame);
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

  /** Whether it takes patches of images. */
  public boolean sees() {
    return imagePatch > 0;
  }

  /** Whether it takes frames of sound. */
  public boolean hears() {
    return audioFrame > 0;
  }

  /** Floats in a patch: three colours of each pixel. */
  public int patchWidth() {
    return COLOURS * imagePatch * imagePatch;
  }

  /** Floats in a row of features: a patch, then a frame; 0 if it takes text alone. */
  public int featureWidth() {
    return patchWidth() + audioFrame;
  }

  /** Columns of the query projection: all heads side by side. */
  public int queryWidth() {
    return heads * headSize;
  }

  private static void positive(String what, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(what + " must be positive, not " + value);
    }
  }

  private static void notNegative(String what, int value) {
    if (value < 0) {
      throw new IllegalArgumentException(what + " must not be negative, but is " + value);
    }
  }

  private static void atMost(String what, int value, int limit) {
    if (value > limit) {
      throw new IllegalArgumentException(what + " must be at most " + limit + ", not " + value);
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
