package dev.redoubt.cli.train;

import dev.redoubt.trainer.Sampler;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Lines of text that a model of bytes writes. */
final class SampledText {
  private static final int LINE_BYTES_MAX = 200;
  private static final char REPLACEMENT = '\uFFFD';

  private SampledText() {}

  /**
   * Goes on with the prompt for some lines, the last line of the prompt included. What is no UTF-8,
   * and what a terminal would obey, is replaced.
   */
  static List<String> lines(Sampler sampler, String prompt, int lines) {
    byte[] bytes = prompt.getBytes(StandardCharsets.UTF_8);
    int[] tokens = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      tokens[i] = Byte.toUnsignedInt(bytes[i]);
    }
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.writeBytes(
        prompt.substring(prompt.lastIndexOf('\n') + 1).getBytes(StandardCharsets.UTF_8));
    int[] ended = {0};
    sampler.sample(
        tokens,
        lines * LINE_BYTES_MAX,
        token -> {
          text.write(token < 256 ? token : '?');
          ended[0] += token == '\n' ? 1 : 0;
          return ended[0] < lines;
        });
    return text.toString(StandardCharsets.UTF_8)
        .lines()
        .limit(lines)
        .map(SampledText::printable)
        .toList();
  }

  private static String printable(String line) {
    StringBuilder clean = new StringBuilder(line.length());
    line.codePoints()
        .map(each -> each != '\t' && Character.isISOControl(each) ? REPLACEMENT : each)
        .forEach(clean::appendCodePoint);
    return clean.toString().stripTrailing();
  }
}
