package dev.redoubt.trainer.data.corpus;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** From bytes to text, or not at all: a wrong byte is never replaced by a guess. */
final class Decoding {

  /** Of the characters of a text, so many may be control characters. */
  private static final double CONTROL_MAX = 0.005;

  private Decoding() {}

  static Read text(String name, byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        return failed(name, bytes, "binary: a zero byte");
      }
    }
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString();
    } catch (CharacterCodingException e) {
      return failed(name, bytes, "not UTF-8");
    }
    if (controls(text) > CONTROL_MAX * text.length()) {
      return failed(name, bytes, "binary: control characters");
    }
    return new Read.Text(name, bytes.length, lines(text));
  }

  private static Read failed(String name, byte[] bytes, String reason) {
    return new Read.Failed(name, bytes.length, Filter.ENCODING, reason);
  }

  private static long controls(String text) {
    return text.chars()
        .filter(c -> Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t' && c != '\f')
        .count();
  }

  /** Without a byte order mark, lines ended by line feeds. */
  private static String lines(String text) {
    String marked = text.startsWith("\uFEFF") ? text.substring(1) : text;
    return marked.replace("\r\n", "\n").replace('\r', '\n');
  }
}
