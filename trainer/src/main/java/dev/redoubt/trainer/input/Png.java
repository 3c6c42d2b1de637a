package dev.redoubt.trainer.input;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Reads PNG pictures of every kind: grey, colours, palettes, alpha, 1 to 16 bits, interlaced.
 *
 * <p>Written here, for a reader that trusts nothing: every chunk's checksum is compared, the size
 * is judged before memory is taken, and packed data must have exactly the pixels that the header
 * says. The alternative, {@code javax.imageio}, compares no checksums (a flipped bit in a header
 * went through as another picture), reads files that are cut off, and turns grey 100 into 168 on
 * the way to RGB.
 *
 * <p>Of an animated PNG this is the first picture.
 *
 * @see <a href="https://www.w3.org/TR/png-3/">the specification</a>
 */
final class Png {

  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  /** Deflate packs no better. */
  private static final long PACKING_MAX = 1032;

  private static final int[][] PASSES = {
    {0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}
  };
  private static final int[][] ONE_PASS = {{0, 0, 1, 1}};

  private final ByteReader in;
  private final InputLimits limits;
  private final List<PngLines.Piece> pieces = new ArrayList<>();
  private byte[] palette = new byte[0];
  private byte[] transparency = new byte[0];
  private boolean pixelsEnded;

  private Png(ByteReader in, InputLimits limits) {
    this.in = in;
    this.limits = limits;
  }

  /**
   * Reads a picture.
   *
   * @throws InputException naming the file, if it is no PNG, damaged or too large
   */
  static Picture read(Path file, InputLimits limits) throws InputException {
    return new Png(ByteReader.open(file, limits), limits).read();
  }

  private Picture read() throws InputException {
    int signature = in.skip(Math.min(SIGNATURE.length, in.remaining()), "the signature");
    if (!Arrays.equals(in.array(), signature, in.position(), SIGNATURE, 0, SIGNATURE.length)) {
      throw in.wrong("is no PNG: it does not begin as one");
    }
    PngHeader header = header();
    while (chunk(header)) {}
    checkPacking(header);
    return pixels(header, PngColours.of(in, header, palette, transparency));
  }

  private PngHeader header() throws InputException {
    long length = in.u32be("the length of a chunk");
    int from = in.position();
    if (!in.letters("the name of a chunk").equals("IHDR")) {
      throw in.wrong("is damaged: its first chunk is not IHDR");
    }
    PngHeader header = PngHeader.read(in, length, limits);
    checksum("IHDR", from);
    return header;
  }

  /** Reads the next chunk, and says whether there may be more. */
  private boolean chunk(PngHeader header) throws InputException {
    long length = in.u32be("the length of a chunk");
    int from = in.position();
    String name = in.letters("the name of a chunk");
    int content = in.skip(length, "chunk " + printable(name));
    checksum(name, from);
    pixelsEnded |= !pieces.isEmpty() && !name.equals("IDAT");
    switch (name) {
      case "PLTE" -> palette = once(header, palette, content, name);
      case "tRNS" -> transparency = once(header, transparency, content, name);
      case "IDAT" -> pixelsAt(content, (int) length);
      case "IEND" -> {
        return false;
      }
      default -> unknown(name);
    }
    return true;
  }

  private void checksum(String name, int from) throws InputException {
    CRC32 crc = new CRC32();
    crc.update(in.array(), from, in.position() - from);
    if (in.u32be("the checksum of " + printable(name)) != crc.getValue()) {
      throw in.wrong("is damaged: the checksum of chunk " + printable(name) + " is wrong");
    }
  }

  private byte[] once(PngHeader header, byte[] before, int content, String name)
      throws InputException {
    if (before.length > 0 || !pieces.isEmpty()) {
      throw in.wrong("is damaged: chunk " + name + " is not in its place");
    }
    boolean suggested = name.equals("PLTE") && header.colour() != PngHeader.PALETTE;
    int to = in.position() - Integer.BYTES;
    return suggested ? before : Arrays.copyOfRange(in.array(), content, to);
  }

  private void pixelsAt(int content, int length) throws InputException {
    if (pixelsEnded) {
      throw in.wrong("is damaged: other chunks lie between its pixels");
    }
    pieces.add(new PngLines.Piece(content, length));
  }

  /** A small letter in front means that a chunk may be passed over. */
  private void unknown(String name) throws InputException {
    if ((name.charAt(0) & 0x20) == 0) {
      throw in.wrong("has a chunk " + printable(name) + " that this reader does not know");
    }
  }

  /** So that a few bytes which promise a large picture cost no memory. */
  private void checkPacking(PngHeader header) throws InputException {
    long packed = pieces.stream().mapToLong(PngLines.Piece::length).sum();
    if ((long) header.lineBytes(header.width()) * header.height() > packed * PACKING_MAX) {
      throw in.wrong(
          "is damaged: %d packed bytes cannot hold %d x %d pixels"
              .formatted(packed, header.width(), header.height()));
    }
  }

  private static String printable(String name) {
    return name.chars().allMatch(c -> c > ' ' && c < 0x7F) ? name : "of an unreadable name";
  }

  private Picture pixels(PngHeader header, PngColours colours) throws InputException {
    float[] values = new float[header.width() * header.height() * Picture.CHANNELS];
    try (PngLines lines = new PngLines(in, pieces, header.filterDistance())) {
      for (int[] pass : header.interlaced() ? PASSES : ONE_PASS) {
        pass(header, pass, lines, colours, values);
      }
      lines.end();
    }
    return Picture.owning(header.width(), header.height(), values);
  }

  /** Every so many-th pixel of every so many-th line. */
  private void pass(
      PngHeader header, int[] pass, PngLines lines, PngColours colours, float[] values)
      throws InputException {
    int pixels = (header.width() - pass[0] + pass[2] - 1) / pass[2];
    if (pixels <= 0) {
      return;
    }
    int length = header.lineBytes(pixels);
    byte[] above = new byte[length];
    byte[] line = new byte[length];
    for (int y = pass[1]; y < header.height(); y += pass[3]) {
      lines.read(line, above, length);
      for (int i = 0; i < pixels; i++) {
        int at = y * header.width() + pass[0] + i * pass[2];
        colours.put(in, line, i, values, at * Picture.CHANNELS);
      }
      byte[] swap = above;
      above = line;
      line = swap;
    }
  }
}
