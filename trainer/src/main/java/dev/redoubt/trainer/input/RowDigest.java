package dev.redoubt.trainer.input;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 of rows: the sizes of the features, then for each segment its kind and number of rows,
 * and its tokens or its floats. Everything is little-endian, numbers have 32 bits.
 */
final class RowDigest {

  private static final int PIECE = 1 << 20;

  private final MessageDigest digest;

  RowDigest(RowShape shape) {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    number(shape.imagePatch());
    number(shape.audioFrame());
  }

  void add(EncodedDocument document) {
    for (RowSpan span : document.spans()) {
      number(code(span.kind()));
      number(span.rows());
      switch (span.kind()) {
        case TEXT -> tokens(document.tokens(), span.firstRow(), span.rows());
        case IMAGE, VIDEO -> floats(document, span, document.shape().imageColumns());
        case AUDIO -> floats(document, span, document.shape().audioFrame());
      }
    }
  }

  private static int code(Segment.Kind kind) {
    return switch (kind) {
      case TEXT -> 0;
      case IMAGE -> 1;
      case AUDIO -> 2;
      case VIDEO -> 3;
    };
  }

  private void number(int value) {
    digest.update(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, value));
  }

  private void tokens(int[] tokens, int from, int count) {
    for (int done = 0; done < count; done += PIECE) {
      int next = Math.min(PIECE, count - done);
      ByteBuffer bytes = ByteBuffer.allocate(next * 4).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asIntBuffer().put(tokens, from + done, next);
      digest.update(bytes);
    }
  }

  private void floats(EncodedDocument document, RowSpan span, int columns) {
    long bytes = (long) span.rows() * columns * Float.BYTES;
    MemorySegment all = document.features().asSlice(span.firstFloat() * Float.BYTES, bytes);
    for (long at = 0; at < bytes; at += PIECE) {
      digest.update(all.asSlice(at, Math.min(PIECE, bytes - at)).asByteBuffer());
    }
  }

  String hexadecimal() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
