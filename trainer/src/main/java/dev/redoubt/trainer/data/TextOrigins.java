package dev.redoubt.trainer.data;

import java.util.Map;
import java.util.TreeMap;

/** Where each byte of a text came from: runs of bytes that follow each other in one document. */
final class TextOrigins {

  private final TreeMap<Integer, TokenOrigin> runs = new TreeMap<>();

  /** All of a text is one document, from its beginning. */
  static TextOrigins ofOne(String source) {
    TextOrigins origins = new TextOrigins();
    origins.begin(0, new TokenOrigin(source, "", 0));
    return origins;
  }

  /**
   * Says where the byte at {@code from} came from, and those behind it up to the next such call.
   */
  void begin(int from, TokenOrigin origin) {
    runs.put(from, origin);
  }

  /** Where a byte came from; there must be a run that holds it. */
  TokenOrigin at(int position) {
    Map.Entry<Integer, TokenOrigin> run = runs.floorEntry(position);
    if (run == null) {
      throw new IndexOutOfBoundsException("no document holds byte " + position);
    }
    TokenOrigin first = run.getValue();
    return new TokenOrigin(
        first.source(), first.document(), first.position() + position - run.getKey());
  }

  /** Appends the runs of [from, to) of another text to this one, at {@code target}. */
  void append(int target, TextOrigins other, int from, int to) {
    if (from == to) {
      return;
    }
    begin(target, other.at(from));
    other
        .runs
        .subMap(from, false, to, false)
        .forEach((start, origin) -> begin(target + start - from, origin));
  }
}
