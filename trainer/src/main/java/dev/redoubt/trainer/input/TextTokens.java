package dev.redoubt.trainer.input;

import java.nio.charset.StandardCharsets;

/** Cuts text into tokens, and says which bytes each of them covers. */
public interface TextTokens {

  /** One token for each byte of UTF-8. */
  TextTokens BYTES =
      new TextTokens() {
        @Override
        public void split(String text, Sink sink) {
          for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            sink.token(one & 0xFF, 1);
          }
        }

        @Override
        public String text(int[] ids) {
          byte[] bytes = new byte[ids.length];
          for (int i = 0; i < ids.length; i++) {
            bytes[i] = (byte) ids[i];
          }
          return new String(bytes, StandardCharsets.UTF_8);
        }
      };

  /** Takes tokens one after the other. */
  @FunctionalInterface
  interface Sink {
    /**
     * The next token.
     *
     * @param id not negative
     * @param bytes of UTF-8 that it covers; 0 if none of its own
     */
    void token(int id, int bytes);
  }

  /** Hands over the tokens of a text; their bytes add up to those of the text. */
  void split(String text, Sink sink);

  /** What tokens say, for people. */
  String text(int[] ids);
}
