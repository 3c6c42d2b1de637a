package dev.redoubt.trainer.input;

/**
 * How large an input may be. What is larger is refused before memory is taken for it.
 *
 * @param fileBytesMax of one file
 * @param pixelsMax of one picture, or of all frames of one video together
 * @param soundSecondsMax of one sound
 * @param framesMax of one video
 */
public record InputLimits(long fileBytesMax, long pixelsMax, int soundSecondsMax, int framesMax) {

  /** 256 MiB, 4096 x 4096 pixels, one hour, 10,000 frames. */
  public static final InputLimits DEFAULTS = new InputLimits(256L << 20, 1L << 24, 3600, 10_000);

  /** No array holds more. */
  private static final long FILE_BYTES_MAX = 1L << 30;

  private static final long PIXELS_MAX = 1L << 27;
  private static final int SECONDS_MAX = 24 * 3600;

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  public InputLimits {
    check("fileBytesMax", fileBytesMax, FILE_BYTES_MAX);
    check("pixelsMax", pixelsMax, PIXELS_MAX);
    check("soundSecondsMax", soundSecondsMax, SECONDS_MAX);
    check("framesMax", framesMax, Integer.MAX_VALUE);
  }

  private static void check(String what, long value, long max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(what + " must be 1 to " + max + ", not " + value);
    }
  }
}
