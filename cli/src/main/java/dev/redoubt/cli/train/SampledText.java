package dev.redoubt.cli.train;

import dev.redoubt.trainer.Sampler;
import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.data.Samples;
import dev.redoubt.trainer.data.token.Tokenizer;
import dev.redoubt.trainer.kernel.Matrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Lines of text that a model writes. */
final class SampledText {
  private static final int LINE_TOKENS_MAX = 200;
  private static final char REPLACEMENT = '\uFFFD';

  private SampledText() {}

  /**
   * What the model is to go on with: what the user says, or the first half of a window that it was
   * not trained on, up to the last line break in it. Pictures and sounds are left out.
   */
  static int[] prompt(@Nullable String given, Samples heldOut, int windowTokens) {
    Tokenizer tokenizer = heldOut.tokenizer();
    if (given != null) {
      return tokenizer.encode(given);
    }
    int[] text =
        IntStream.of(window(heldOut, windowTokens)).filter(token -> token != Sample.NONE).toArray();
    if (text.length == 0) {
      return tokenizer.encode("\n");
    }
    int[] half = Arrays.copyOf(text, (text.length + 1) / 2);
    int line = lineStart(half, tokenizer);
    return line == 0 ? half : Arrays.copyOf(half, line);
  }

  private static int[] window(Samples heldOut, int windowTokens) {
    int columns = 3 * heldOut.imagePatch() * heldOut.imagePatch() + heldOut.audioFrame();
    try (Arena arena = Arena.ofConfined()) {
      Sample window =
          columns == 0
              ? Sample.ofText(windowTokens)
              : Sample.of(Matrix.allocate(arena, windowTokens, columns));
      heldOut.sample(0, window);
      return window.tokens();
    }
  }

  /** The token after the last line break; 0 if there is none. */
  private static int lineStart(int[] tokens, Tokenizer tokenizer) {
    int start = tokens.length;
    while (start > 0 && !tokenizer.decode(new int[] {tokens[start - 1]}).endsWith("\n")) {
      start--;
    }
    return start;
  }

  /**
   * Goes on with the prompt for some lines that are not blank, the last line of the prompt
   * included. What is no UTF-8, and what a terminal would obey, is replaced.
   */
  static List<String> lines(Sampler sampler, Tokenizer tokenizer, int[] prompt, int lines) {
    Text text = new Text(tokenizer, lines);
    for (int i = lineStart(prompt, tokenizer); i < prompt.length; i++) {
      text.add(prompt[i]);
    }
    sampler.sample(prompt, lines * LINE_TOKENS_MAX, text::add);
    return text.lines().limit(lines).map(SampledText::printable).toList();
  }

  /** Tokens until their text has enough lines. */
  private static final class Text {
    private final Tokenizer tokenizer;
    private final int linesMax;
    private int[] tokens = new int[256];
    private int count;

    Text(Tokenizer tokenizer, int linesMax) {
      this.tokenizer = tokenizer;
      this.linesMax = linesMax;
    }

    /** Whether there is room for more. */
    boolean add(int token) {
      if (count == tokens.length) {
        tokens = Arrays.copyOf(tokens, 2 * count);
      }
      tokens[count++] = token;
      return !ends(token) || lines().count() < linesMax;
    }

    private boolean ends(int token) {
      return tokenizer.decode(new int[] {token}).contains("\n");
    }

    Stream<String> lines() {
      String text = tokenizer.decode(Arrays.copyOf(tokens, count));
      return text.lines().filter(line -> !line.isBlank());
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
