package dev.redoubt.trainer.input;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * The characters of a document: strict UTF-8, without its byte order mark.
 *
 * @param firstByte of the text in the file: 3 behind a byte order mark
 */
record MarkdownText(String text, int firstByte) {

  private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  /**
   * Decodes a file.
   *
   * @throws InputException naming file, line and byte of what is no UTF-8
   */
  static MarkdownText of(String name, byte[] bytes) throws InputException {
    int from = marked(bytes) ? MARK.length : 0;
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes, from, bytes.length - from);
    CharBuffer out = CharBuffer.allocate(bytes.length - from);
    CoderResult result = decoder.decode(in, out, true);
    if (result.isError()) {
      throw wrong(name, bytes, in.position(), "is no UTF-8");
    }
    String text = out.flip().toString();
    int zero = text.indexOf('\0');
    if (zero >= 0) {
      int at = from + utf8Length(text.substring(0, zero));
      throw wrong(name, bytes, at, "is no text: it is 0");
    }
    return new MarkdownText(text, from);
  }

  private static boolean marked(byte[] bytes) {
    return bytes.length >= MARK.length
        && bytes[0] == MARK[0]
        && bytes[1] == MARK[1]
        && bytes[2] == MARK[2];
  }

  private static InputException wrong(String name, byte[] bytes, int at, String what) {
    int line = 1;
    for (int i = 0; i < at; i++) {
      line += bytes[i] == '\n' ? 1 : 0;
    }
    return new InputException(name + ":" + line, "byte " + at + " " + what);
  }

  /** Bytes of a text in UTF-8. */
  static int utf8Length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
