package dev.redoubt.trainer.input;

import java.util.Arrays;

/** Collects where the tokens of one text end; nothing is kept while each is one byte. */
final class TokenEnds {

  private int[] ends = new int[0];
  private boolean bytes = true;
  private int count;
  private int end;

  void add(int length) {
    if (length < 0) {
      throw new IllegalStateException("a token covers a negative number of bytes: " + length);
    }
    if (bytes && length != 1) {
      ends = new int[count + 64];
      Arrays.setAll(ends, i -> i + 1);
      bytes = false;
    }
    end += length;
    if (!bytes) {
      if (count == ends.length) {
        ends = Arrays.copyOf(ends, count + count / 2);
      }
      ends[count] = end;
    }
    count++;
  }

  /** What does not add up is a defect of the tokenizer, not of the text. */
  void check(String name, String text) {
    int expected = MarkdownText.utf8Length(text);
    if (end != expected) {
      throw new IllegalStateException(
          "the tokens of %s cover %d bytes of %d".formatted(name, end, expected));
    }
  }

  Places places(long firstByte) {
    return bytes
        ? new Places.Bytes(firstByte)
        : new Places.Tokens(firstByte, Arrays.copyOf(ends, count));
  }
}
