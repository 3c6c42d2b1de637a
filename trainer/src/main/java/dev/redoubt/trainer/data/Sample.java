package dev.redoubt.trainer.data;

import dev.redoubt.trainer.kernel.Matrix;
import org.jspecify.annotations.Nullable;

/** One sequence as the model reads it; filled again and again. Not thread-safe. */
public final class Sample {

  /** No token: a row of something else, or nothing to predict. */
  public static final int NONE = -1;

  private final int[] tokens;
  private final int[] targets;
  private final @Nullable Matrix features;

  private Sample(int sequenceLength, @Nullable Matrix features) {
    tokens = new int[sequenceLength];
    targets = new int[sequenceLength];
    this.features = features;
  }

  /** A sample of text alone. */
  public static Sample ofText(int sequenceLength) {
    return new Sample(sequenceLength, null);
  }

  /**
   * A sample of text, images and sound.
   *
   * @param features sequenceLength x (image patch | audio frame)
   */
  public static Sample of(Matrix features) {
    return new Sample(features.rows(), features);
  }

  /** One id for each row, or {@link #NONE} where the row is a patch or a frame. */
  public int[] tokens() {
    return tokens;
  }

  /** The id that follows each row, or {@link #NONE} where there is no loss. */
  public int[] targets() {
    return targets;
  }

  /** Patches and frames, zero in rows of text; null in a sample of text alone. */
  public @Nullable Matrix features() {
    return features;
  }
}
