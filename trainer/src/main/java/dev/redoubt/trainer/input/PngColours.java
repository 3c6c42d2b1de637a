package dev.redoubt.trainer.input;

import java.util.Arrays;

/**
 * Turns the samples of a PNG into red, green and blue over white.
 *
 * <p>In whole numbers up to one division: {@code 2 (c a + max (max - a)) / max^2 - 1} for the
 * sample c with the opacity a. Samples are taken as sRGB; gamma and colour profiles are not
 * applied.
 */
final class PngColours {

  private static final int BYTE = 0xFF;
  private static final int NO_KEY = -1;

  private final PngHeader header;
  private final byte[] palette;
  private final int[] alphas;
  private final int[] key;
  private final int max;
  private final double whole;

  private PngColours(PngHeader header, byte[] palette, int[] alphas, int[] key) {
    this.header = header;
    this.palette = palette;
    this.alphas = alphas;
    this.key = key;
    this.max = header.colour() == PngHeader.PALETTE ? BYTE : header.sampleMax();
    this.whole = (double) max * max;
  }

  /**
   * The colours of a picture.
   *
   * @param palette three bytes a colour; empty if there is none
   * @param transparency the chunk tRNS; empty if there is none
   */
  static PngColours of(ByteReader in, PngHeader header, byte[] palette, byte[] transparency)
      throws InputException {
    return switch (header.colour()) {
      case PngHeader.PALETTE -> indexed(in, header, palette, transparency);
      case PngHeader.GREY, PngHeader.COLOURS -> keyed(in, header, transparency);
      default -> new PngColours(header, new byte[0], new int[0], new int[] {NO_KEY});
    };
  }

  private static PngColours indexed(
      ByteReader in, PngHeader header, byte[] palette, byte[] transparency) throws InputException {
    int colours = palette.length / Picture.CHANNELS;
    if (colours == 0 || palette.length % Picture.CHANNELS != 0 || colours > BYTE + 1) {
      throw in.wrong("is damaged: its palette has %d bytes".formatted(palette.length));
    }
    if (transparency.length > colours) {
      throw in.wrong(
          "is damaged: %d opacities for %d colours".formatted(transparency.length, colours));
    }
    int[] alphas = new int[colours];
    Arrays.fill(alphas, BYTE);
    for (int i = 0; i < transparency.length; i++) {
      alphas[i] = transparency[i] & BYTE;
    }
    return new PngColours(header, palette, alphas, new int[] {NO_KEY});
  }

  /** One sample or three, of 16 bits each, that stand for "nothing here". */
  private static PngColours keyed(ByteReader in, PngHeader header, byte[] transparency)
      throws InputException {
    int[] key = new int[header.channels()];
    Arrays.fill(key, NO_KEY);
    if (transparency.length != 0 && transparency.length != 2 * key.length) {
      throw in.wrong("is damaged: tRNS has %d bytes".formatted(transparency.length));
    }
    for (int i = 0; i < transparency.length / 2; i++) {
      key[i] = ((transparency[2 * i] & BYTE) << 8) | (transparency[2 * i + 1] & BYTE);
    }
    return new PngColours(header, new byte[0], new int[0], key);
  }

  /**
   * Writes one pixel.
   *
   * @param line of the samples
   * @param pixel of the line
   * @param at where its red goes
   */
  void put(ByteReader in, byte[] line, int pixel, float[] values, int at) throws InputException {
    int first = sample(line, pixel * header.channels());
    switch (header.colour()) {
      case PngHeader.PALETTE -> indexed(in, first, values, at);
      case PngHeader.GREY -> grey(first, first == key[0] ? 0 : max, values, at);
      case PngHeader.GREY_ALPHA -> grey(first, sample(line, pixel * 2 + 1), values, at);
      default -> colours(line, pixel * header.channels(), values, at);
    }
  }

  private void indexed(ByteReader in, int index, float[] values, int at) throws InputException {
    if (index >= alphas.length) {
      throw in.wrong("is damaged: colour %d of a palette of %d".formatted(index, alphas.length));
    }
    for (int i = 0; i < Picture.CHANNELS; i++) {
      values[at + i] = level(palette[index * Picture.CHANNELS + i] & BYTE, alphas[index]);
    }
  }

  private void grey(int sample, int alpha, float[] values, int at) {
    float level = level(sample, alpha);
    values[at] = level;
    values[at + 1] = level;
    values[at + 2] = level;
  }

  private void colours(byte[] line, int from, float[] values, int at) {
    int red = sample(line, from);
    int green = sample(line, from + 1);
    int blue = sample(line, from + 2);
    int alpha;
    if (header.colour() == PngHeader.COLOURS_ALPHA) {
      alpha = sample(line, from + 3);
    } else {
      alpha = red == key[0] && green == key[1] && blue == key[2] ? 0 : max;
    }
    values[at] = level(red, alpha);
    values[at + 1] = level(green, alpha);
    values[at + 2] = level(blue, alpha);
  }

  private float level(int sample, int alpha) {
    long overWhite = (long) sample * alpha + (long) max * (max - alpha);
    return (float) (2.0 * overWhite / whole - 1.0);
  }

  /** Sample number {@code index} of a line. */
  private int sample(byte[] line, int index) {
    int depth = header.depth();
    if (depth == 16) {
      return ((line[2 * index] & BYTE) << 8) | (line[2 * index + 1] & BYTE);
    }
    long bit = (long) index * depth;
    int shift = 8 - depth - (int) (bit & 7);
    return (line[(int) (bit >> 3)] >> shift) & header.sampleMax();
  }
}
