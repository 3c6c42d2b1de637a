package dev.redoubt.trainer.input;

/**
 * How large a row of features is: a patch beside a frame.
 *
 * @param imagePatch pixels along the side of a square patch; 0 for a model that reads no pictures
 * @param audioFrame samples of sound; 0 for a model that reads no sound
 */
public record RowShape(int imagePatch, int audioFrame) {

  private static final int PATCH_MAX = 1024;
  private static final int FRAME_MAX = 1 << 20;

  /**
   * Checks the sizes.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  public RowShape {
    check("imagePatch", imagePatch, PATCH_MAX);
    check("audioFrame", audioFrame, FRAME_MAX);
  }

  private static void check(String what, int value, int max) {
    if (value < 0 || value > max) {
      throw new IllegalArgumentException(what + " must be 0 to " + max + ", not " + value);
    }
  }

  /** Floats of a patch: line by line, pixel by pixel, red, green, blue. */
  public int imageColumns() {
    return Picture.CHANNELS * imagePatch * imagePatch;
  }

  /** Floats of a row: those of a patch, then those of a frame of sound. */
  public int columns() {
    return imageColumns() + audioFrame;
  }

  /** Patches side by side that a picture needs. */
  int across(Picture picture) {
    return (picture.width() + imagePatch - 1) / imagePatch;
  }

  /** Patches one below the other that a picture needs. */
  int down(Picture picture) {
    return (picture.height() + imagePatch - 1) / imagePatch;
  }

  /** Frames that a sound needs. */
  int frames(Sound sound) {
    return Math.ceilDiv(sound.length(), audioFrame);
  }
}
