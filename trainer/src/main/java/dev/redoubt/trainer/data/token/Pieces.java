package dev.redoubt.trainer.data.token;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The pieces of a model of SentencePiece, read from its file: a protocol buffer whose first field
 * is the list of pieces. They are decoded here and not by the library, which garbles characters
 * beyond the first plane on their way from C.
 */
final class Pieces {

  private static final int PIECES = 1;
  private static final int TEXT = 1;
  private static final int TYPE = 3;
  private static final int NORMAL = 1;
  private static final int CONTROL = 3;
  private static final int BYTE = 6;
  private static final String SPACE = "\u2581";

  private final List<byte[]> bytes = new ArrayList<>();

  private Pieces() {}

  /**
   * Reads the pieces.
   *
   * @throws IllegalArgumentException if it is no such file
   */
  static Pieces of(byte[] model) {
    Pieces pieces = new Pieces();
    Wire wire = new Wire(ByteBuffer.wrap(model).order(ByteOrder.LITTLE_ENDIAN));
    while (wire.next()) {
      if (wire.field == PIECES && wire.isBytes()) {
        pieces.bytes.add(piece(new Wire(wire.bytes())));
      } else {
        wire.skip();
      }
    }
    if (pieces.bytes.isEmpty()) {
      throw new IllegalArgumentException("there are no pieces in it");
    }
    return pieces;
  }

  private static byte[] piece(Wire wire) {
    String text = "";
    long type = NORMAL;
    while (wire.next()) {
      if (wire.field == TEXT && wire.isBytes()) {
        text = StandardCharsets.UTF_8.decode(wire.bytes()).toString();
      } else if (wire.field == TYPE && !wire.isBytes()) {
        type = wire.number();
      } else {
        wire.skip();
      }
    }
    if (type == BYTE) {
      return new byte[] {(byte) Integer.parseInt(text.substring(3, 5), 16)};
    }
    return type == CONTROL
        ? new byte[0]
        : text.replace(SPACE, " ").getBytes(StandardCharsets.UTF_8);
  }

  int count() {
    return bytes.size();
  }

  String decode(int[] tokens) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int token : tokens) {
      out.writeBytes(bytes.get(token));
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  /** The wire format of protocol buffers, as far as it is needed. */
  private static final class Wire {

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH = 2;
    private static final int FIXED32 = 5;

    private final ByteBuffer in;
    private int field;
    private int type;

    Wire(ByteBuffer in) {
      this.in = in.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    boolean next() {
      if (!in.hasRemaining()) {
        return false;
      }
      long tag = number();
      field = (int) (tag >>> 3);
      type = (int) (tag & 7);
      return true;
    }

    boolean isBytes() {
      return type == LENGTH;
    }

    ByteBuffer bytes() {
      int length = (int) number();
      if (length < 0 || length > in.remaining()) {
        throw new IllegalArgumentException("it is cut off");
      }
      ByteBuffer bytes = in.slice(in.position(), length);
      in.position(in.position() + length);
      return bytes;
    }

    long number() {
      long value = 0;
      for (int shift = 0; shift < Long.SIZE; shift += 7) {
        if (!in.hasRemaining()) {
          throw new IllegalArgumentException("it is cut off");
        }
        byte next = in.get();
        value |= (long) (next & 0x7F) << shift;
        if (next >= 0) {
          return value;
        }
      }
      throw new IllegalArgumentException("a number in it has no end");
    }

    void skip() {
      int bytes =
          switch (type) {
            case VARINT -> {
              long ignored = number();
              yield 0;
            }
            case FIXED64 -> Long.BYTES;
            case LENGTH -> (int) number();
            case FIXED32 -> Integer.BYTES;
            default -> throw new IllegalArgumentException("it has a field of unknown form");
          };
      if (bytes < 0 || bytes > in.remaining()) {
        throw new IllegalArgumentException("it is cut off");
      }
      in.position(in.position() + bytes);
    }
  }
}
