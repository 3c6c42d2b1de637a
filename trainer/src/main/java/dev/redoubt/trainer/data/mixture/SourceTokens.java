package dev.redoubt.trainer.data.mixture;

import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.data.TokenOrigin;
import dev.redoubt.trainer.data.corpus.Document;
import dev.redoubt.trainer.data.token.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The tokens of a source, document after document, cut into windows as {@code Dataset} cuts bytes:
 * each token but the first is predicted once.
 */
final class SourceTokens {

  /** One piece in so many is held out. */
  static final int HELD_OUT_EVERY = 20;

  private static final int PIECE = 1 << 13;

  private final String name;
  private final int[] tokens;
  private final int[] begins;
  private final String[] documents;
  private final int[] offsets;
  private final int sequenceLength;

  private SourceTokens(
      String name,
      int[] tokens,
      int[] begins,
      String[] documents,
      int[] offsets,
      int sequenceLength) {
    this.name = name;
    this.tokens = tokens;
    this.begins = begins;
    this.documents = documents;
    this.offsets = offsets;
    this.sequenceLength = sequenceLength;
  }

  /** While it grows. */
  static final class Builder {
    private final String name;
    private final boolean heldOut;
    private final boolean all;
    private final int sequenceLength;
    private int[] tokens = new int[1 << 16];
    private int count;
    private long seen;
    private int[] begins = new int[64];
    private String[] documents = new String[64];
    private int[] offsets = new int[64];
    private int parts;

    /**
     * Begins.
     *
     * @param all takes every piece; otherwise the held-out ones, or the others
     */
    Builder(String name, boolean all, boolean heldOut, int sequenceLength) {
      this.name = name;
      this.all = all;
      this.heldOut = heldOut;
      this.sequenceLength = sequenceLength;
    }

    void add(Document document, int[] cut) {
      for (int from = 0; from < cut.length; ) {
        long piece = seen / PIECE;
        int length = (int) Math.min(cut.length - from, (piece + 1) * PIECE - seen);
        if (all || (piece % HELD_OUT_EVERY == HELD_OUT_EVERY - 1) == heldOut) {
          part(document.name(), from);
          append(cut, from, length);
        }
        from += length;
        seen += length;
      }
    }

    private void part(String document, int offset) {
      if (parts == begins.length) {
        begins = Arrays.copyOf(begins, 2 * parts);
        documents = Arrays.copyOf(documents, 2 * parts);
        offsets = Arrays.copyOf(offsets, 2 * parts);
      }
      begins[parts] = count;
      documents[parts] = document;
      offsets[parts++] = offset;
    }

    private void append(int[] cut, int from, int length) {
      if (count + length > tokens.length) {
        tokens = Arrays.copyOf(tokens, Math.max(2 * tokens.length, count + length));
      }
      System.arraycopy(cut, from, tokens, count, length);
      count += length;
    }

    SourceTokens build() {
      return new SourceTokens(
          name,
          Arrays.copyOf(tokens, count),
          Arrays.copyOf(begins, parts),
          Arrays.copyOf(documents, parts),
          Arrays.copyOf(offsets, parts),
          sequenceLength);
    }
  }

  String name() {
    return name;
  }

  long tokens() {
    return tokens.length;
  }

  long windows() {
    return Math.max(0, (tokens.length - 1L) / sequenceLength);
  }

  void fill(long window, Sample into) {
    int from = Math.toIntExact(window * sequenceLength);
    System.arraycopy(tokens, from, into.tokens(), 0, sequenceLength);
    System.arraycopy(tokens, from + 1, into.targets(), 0, sequenceLength);
  }

  /** The position is counted in tokens of the document. */
  TokenOrigin origin(long window, int token) {
    int at = Math.toIntExact(window * sequenceLength) + token;
    int found = Arrays.binarySearch(begins, at);
    int part = found >= 0 ? found : -found - 2;
    return new TokenOrigin(name, documents[part], offsets[part] + (long) at - begins[part]);
  }

  void digest(MessageDigest into) {
    byte[] bytes = new byte[Integer.BYTES];
    for (int token : tokens) {
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (token >>> (8 * i));
      }
      into.update(bytes);
    }
  }

  /** How many bytes of UTF-8 the tokens stand for. */
  long bytes(Tokenizer tokenizer) {
    long bytes = 0;
    for (int from = 0; from < tokens.length; from += PIECE) {
      int[] piece = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + PIECE));
      bytes += tokenizer.decode(piece).getBytes(StandardCharsets.UTF_8).length;
    }
    return bytes;
  }
}
