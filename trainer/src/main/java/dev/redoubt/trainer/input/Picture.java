package dev.redoubt.trainer.input;

/**
 * Red, green and blue from -1 (none) to 1 (full), pixel by pixel from the top left. Immutable.
 *
 * <p>Held as floats, which is what the model reads: 12 bytes a pixel.
 */
public final class Picture {

  /** Red, green, blue. */
  public static final int CHANNELS = 3;

  private final int width;
  private final int height;
  private final float[] values;

  private Picture(int width, int height, float[] values) {
    if (width < 1 || height < 1 || values.length != (long) width * height * CHANNELS) {
      throw new IllegalArgumentException(
          "%d x %d pixels of %d channels need as many values, not %d"
              .formatted(width, height, CHANNELS, values.length));
    }
    this.width = width;
    this.height = height;
    this.values = values;
  }

  /**
   * A picture of these values, which are copied.
   *
   * @param values width x height x 3, row by row
   */
  public static Picture of(int width, int height, float[] values) {
    return new Picture(width, height, values.clone());
  }

  /** Takes the array; the caller must not write to it again. */
  static Picture owning(int width, int height, float[] values) {
    return new Picture(width, height, values);
  }

  /** Pixels in a row. */
  public int width() {
    return width;
  }

  /** Rows of pixels. */
  public int height() {
    return height;
  }

  /**
   * One value.
   *
   * @param channel 0 red, 1 green, 2 blue
   */
  public float at(int x, int y, int channel) {
    if (x < 0 || x >= width || y < 0 || y >= height || channel < 0 || channel >= CHANNELS) {
      throw new IndexOutOfBoundsException(
          "channel %d of pixel (%d, %d) of %s".formatted(channel, x, y, this));
    }
    return values[index(x, y) + channel];
  }

  /** Where a pixel's red is. */
  int index(int x, int y) {
    return (y * width + x) * CHANNELS;
  }

  /** The array itself, to be read only. */
  float[] values() {
    return values;
  }

  @Override
  public String toString() {
    return "picture of " + width + " x " + height;
  }
}
