package dev.redoubt.trainer.input;

/**
 * What the first chunk of a PNG says.
 *
 * @param depth bits in a sample
 * @param colour the type: 0 grey, 2 colours, 3 palette, 4 grey with alpha, 6 colours with alpha
 */
record PngHeader(int width, int height, int depth, int colour, boolean interlaced) {

  static final int GREY = 0;
  static final int COLOURS = 2;
  static final int PALETTE = 3;
  static final int GREY_ALPHA = 4;
  static final int COLOURS_ALPHA = 6;

  private static final int BYTES = 13;

  /** Reads the 13 bytes of IHDR. */
  static PngHeader read(ByteReader in, long length, InputLimits limits) throws InputException {
    if (length != BYTES) {
      throw in.wrong("is damaged: IHDR has %d bytes, not %d".formatted(length, BYTES));
    }
    long width = in.u32be("the width");
    long height = in.u32be("the height");
    int depth = in.u8("the bit depth");
    int colour = in.u8("the colour type");
    int compression = in.u8("the compression");
    int filter = in.u8("the filter method");
    int interlace = in.u8("the interlacing");
    checkSize(in, width, height, limits);
    if (!known(depth, colour)) {
      throw in.wrong("colour type %d with %d bits is no PNG".formatted(colour, depth));
    }
    if (compression != 0 || filter != 0 || interlace > 1) {
      throw in.wrong(
          "compression %d, filter method %d, interlacing %d are no PNG"
              .formatted(compression, filter, interlace));
    }
    return new PngHeader((int) width, (int) height, depth, colour, interlace == 1);
  }

  private static void checkSize(ByteReader in, long width, long height, InputLimits limits)
      throws InputException {
    if (width == 0 || height == 0) {
      throw in.wrong("is damaged: it says that it has %d x %d pixels".formatted(width, height));
    }
    if (width > limits.pixelsMax() / height) {
      throw in.wrong(
          "says that it has %d x %d pixels; at most %d are read"
              .formatted(width, height, limits.pixelsMax()));
    }
  }

  private static boolean known(int depth, int colour) {
    boolean power = Integer.bitCount(depth) == 1 && depth <= 16;
    return switch (colour) {
      case GREY -> power;
      case PALETTE -> power && depth <= 8;
      case COLOURS, GREY_ALPHA, COLOURS_ALPHA -> depth == 8 || depth == 16;
      default -> false;
    };
  }

  int channels() {
    return switch (colour) {
      case COLOURS -> 3;
      case GREY_ALPHA -> 2;
      case COLOURS_ALPHA -> 4;
      default -> 1;
    };
  }

  /** Bytes of a line of so many pixels, without its filter byte. */
  int lineBytes(int pixels) {
    return Math.toIntExact(((long) pixels * channels() * depth + 7) / 8);
  }

  /** How far to the left a filter looks, in bytes. */
  int filterDistance() {
    return Math.max(1, channels() * depth / 8);
  }

  /** The largest sample. */
  int sampleMax() {
    return (1 << depth) - 1;
  }
}
