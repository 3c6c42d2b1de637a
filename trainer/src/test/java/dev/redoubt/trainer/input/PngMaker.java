package dev.redoubt.trainer.input;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.function.IntUnaryOperator;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes PNG files by hand, good ones and bad ones. */
final class PngMaker {

  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  PngMaker() {
    out.writeBytes(SIGNATURE);
  }

  /** A file without pixels or end. */
  static PngMaker of(int width, int height, int depth, int colour) {
    return new PngMaker().header(width, height, depth, colour, 0, 0, 0);
  }

  PngMaker header(int width, int height, int... rest) {
    ByteBuffer header = ByteBuffer.allocate(8 + rest.length).putInt(width).putInt(height);
    for (int value : rest) {
      header.put((byte) value);
    }
    return chunk("IHDR", header.array());
  }

  PngMaker chunk(String name, byte... content) {
    byte[] letters = name.getBytes(ISO_8859_1);
    CRC32 crc = new CRC32();
    crc.update(letters);
    crc.update(content);
    out.writeBytes(ByteBuffer.allocate(4).putInt(content.length).array());
    out.writeBytes(letters);
    out.writeBytes(content);
    out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    return this;
  }

  PngMaker pixels(byte... lines) {
    return chunk("IDAT", packed(lines));
  }

  PngMaker raw(byte... bytes) {
    out.writeBytes(bytes);
    return this;
  }

  byte[] end() {
    return chunk("IEND").bytes();
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  static byte[] packed(byte... lines) {
    Deflater deflater = new Deflater();
    deflater.setInput(lines);
    deflater.finish();
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    byte[] buffer = new byte[1024];
    while (!deflater.finished()) {
      packed.write(buffer, 0, deflater.deflate(buffer));
    }
    deflater.end();
    return packed.toByteArray();
  }

  /**
   * Filters lines as the specification says, each with a filter of its own.
   *
   * @param distance to the left that a filter looks, in bytes
   */
  static byte[] filtered(byte[][] lines, int distance, IntUnaryOperator filter) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int y = 0; y < lines.length; y++) {
      all.write(filter.applyAsInt(y));
      for (int i = 0; i < lines[y].length; i++) {
        int left = i < distance ? 0 : lines[y][i - distance] & 0xFF;
        int up = y == 0 ? 0 : lines[y - 1][i] & 0xFF;
        int corner = y == 0 || i < distance ? 0 : lines[y - 1][i - distance] & 0xFF;
        all.write(lines[y][i] - predicted(filter.applyAsInt(y), left, up, corner));
      }
    }
    return all.toByteArray();
  }

  private static int predicted(int filter, int a, int b, int c) {
    return switch (filter) {
      case 0 -> 0;
      case 1 -> a;
      case 2 -> b;
      case 3 -> (a + b) / 2;
      default -> {
        int p = a + b - c;
        int pa = Math.abs(p - a);
        int pb = Math.abs(p - b);
        int pc = Math.abs(p - c);
        yield pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      }
    };
  }
}
