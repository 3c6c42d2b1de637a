package dev.redoubt.trainer.data.token;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Each byte of the UTF-8 is a token. */
public final class ByteTokenizer implements Tokenizer {

  private static final int BYTES = 256;

  @Override
  public int vocabulary() {
    return BYTES;
  }

  @Override
  public int[] encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] tokens = new int[bytes.length];
    Arrays.setAll(tokens, i -> Byte.toUnsignedInt(bytes[i]));
    return tokens;
  }

  @Override
  public String decode(int[] tokens) {
    byte[] bytes = new byte[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      bytes[i] = (byte) (tokens[i] < BYTES ? tokens[i] : '?');
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public String id() {
    return "bytes";
  }
}
