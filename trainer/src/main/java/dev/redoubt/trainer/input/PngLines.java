package dev.redoubt.trainer.input;

import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** The lines of a PNG: unpacked and unfiltered one after the other, never the whole at once. */
final class PngLines implements AutoCloseable {

  /** A piece of the file that holds packed lines. */
  record Piece(int from, int length) {}

  private static final int BYTE = 0xFF;

  private final ByteReader in;
  private final List<Piece> pieces;
  private final int distance;
  private final Inflater inflater = new Inflater();
  private final byte[] filter = new byte[1];
  private int nextPiece;

  PngLines(ByteReader in, List<Piece> pieces, int distance) {
    this.in = in;
    this.pieces = pieces;
    this.distance = distance;
  }

  /**
   * Reads the next line.
   *
   * @param line filled to {@code length}
   * @param above the line before it; zeros for the first of a picture or pass
   */
  void read(byte[] line, byte[] above, int length) throws InputException {
    inflate(filter, 1);
    inflate(line, length);
    switch (filter[0]) {
      case 0 -> {}
      case 1 -> unfilterLeft(line, length);
      case 2 -> unfilterAbove(line, above, length);
      case 3 -> unfilterMean(line, above, length);
      case 4 -> unfilterPaeth(line, above, length);
      default ->
          throw in.wrong("is damaged: filter %d of a line is no PNG".formatted(filter[0] & BYTE));
    }
  }

  private void unfilterLeft(byte[] line, int length) {
    for (int i = distance; i < length; i++) {
      line[i] += line[i - distance];
    }
  }

  private static void unfilterAbove(byte[] line, byte[] above, int length) {
    for (int i = 0; i < length; i++) {
      line[i] += above[i];
    }
  }

  private void unfilterMean(byte[] line, byte[] above, int length) {
    for (int i = 0; i < length; i++) {
      int left = i < distance ? 0 : line[i - distance] & BYTE;
      line[i] += (byte) ((left + (above[i] & BYTE)) >> 1);
    }
  }

  private void unfilterPaeth(byte[] line, byte[] above, int length) {
    for (int i = 0; i < length; i++) {
      int left = i < distance ? 0 : line[i - distance] & BYTE;
      int corner = i < distance ? 0 : above[i - distance] & BYTE;
      line[i] += (byte) paeth(left, above[i] & BYTE, corner);
    }
  }

  private static int paeth(int left, int above, int corner) {
    int estimate = left + above - corner;
    int toLeft = Math.abs(estimate - left);
    int toAbove = Math.abs(estimate - above);
    int toCorner = Math.abs(estimate - corner);
    if (toLeft <= toAbove && toLeft <= toCorner) {
      return left;
    }
    return toAbove <= toCorner ? above : corner;
  }

  private void inflate(byte[] into, int length) throws InputException {
    int done = 0;
    while (done < length) {
      int got = inflateSome(into, done, length - done);
      if (got == 0) {
        throw in.wrong("is damaged: its pixels end too soon");
      }
      done += got;
    }
  }

  /** 0 when there is no more. */
  private int inflateSome(byte[] into, int from, int length) throws InputException {
    try {
      while (true) {
        int got = inflater.inflate(into, from, length);
        if (got > 0 || inflater.finished() || inflater.needsDictionary() || !feed()) {
          return got;
        }
      }
    } catch (DataFormatException e) {
      throw new InputException(in.name(), "is damaged: its pixels cannot be unpacked", e);
    }
  }

  private boolean feed() {
    if (nextPiece == pieces.size()) {
      return false;
    }
    Piece piece = pieces.get(nextPiece++);
    inflater.setInput(in.array(), piece.from(), piece.length());
    return true;
  }

  /** Checks that the packed data ends with the last line, its own checksum included. */
  void end() throws InputException {
    if (inflateSome(filter, 0, 1) != 0) {
      throw in.wrong("is damaged: it has more pixels than it says");
    }
    if (!inflater.finished()) {
      throw in.wrong("is damaged: its pixels end too soon");
    }
  }

  @Override
  public void close() {
    inflater.close();
  }
}
