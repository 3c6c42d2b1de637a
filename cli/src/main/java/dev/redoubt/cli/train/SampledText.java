package dev.redoubt.cli.train;

import dev.redoubt.trainer.Sampler;
import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.data.Samples;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lines of text that a model of bytes writes. */
final class SampledText {
  private static final int LINE_BYTES_MAX = 200;
  private static final char REPLACEMENT = '\uFFFD';

  private SampledText() {}

  /**
   * What the model is to go on with: what the user says, or the first half of a window that it was
   * not trained on, up to the last line break in it.
   */
  static int[] prompt(@Nullable String given, Samples heldOut, int windowTokens) {
    if (given != null) {
      byte[] bytes = given.getBytes(StandardCharsets.UTF_8);
      int[] tokens = new int[bytes.length];
      Arrays.setAll(tokens, i -> Byte.toUnsignedInt(bytes[i]));
      return tokens;
    }
    Sample window = Sample.ofText(windowTokens);
    heldOut.sample(0, window);
    int[] half = Arrays.copyOf(window.tokens(), (windowTokens + 1) / 2);
    int line = lineStart(half);
    return line == 0 ? half : Arrays.copyOf(half, line);
  }

  private static int lineStart(int[] tokens) {
    int start = tokens.length;
    while (start > 0 && tokens[start - 1] != '\n') {
      start--;
    }
    return start;
  }

  /**
   * Goes on with the prompt for some lines that are not blank, the last line of the prompt
   * included. What is no UTF-8, and what a terminal would obey, is replaced.
   */
  static List<String> lines(Sampler sampler, int[] prompt, int lines) {
    Text text = new Text(lines);
    for (int i = lineStart(prompt); i < prompt.length; i++) {
      text.add(prompt[i]);
    }
    sampler.sample(prompt, lines * LINE_BYTES_MAX, text::add);
    return text.lines();
  }

  /** Text until it has enough lines. */
  private static final class Text {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final int linesMax;
    private int lines;
    private boolean blank = true;

    Text(int linesMax) {
      this.linesMax = linesMax;
    }

    /** Whether there is room for more. */
    boolean add(int token) {
      bytes.write(token < 256 ? token : '?');
      if (token == '\n') {
        lines += blank ? 0 : 1;
        blank = true;
      } else {
        blank &= Character.isWhitespace(token);
      }
      return lines < linesMax;
    }

    List<String> lines() {
      return bytes
          .toString(StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank())
          .limit(linesMax)
          .map(SampledText::printable)
          .toList();
    }
  }

  private static String printable(String line) {
    StringBuilder clean = new StringBuilder(line.length());
    line.codePoints()
        .map(each -> each != '\t' && Character.isISOControl(each) ? REPLACEMENT : each)
        .forEach(clean::appendCodePoint);
    return clean.toString().stripTrailing();
  }
}
