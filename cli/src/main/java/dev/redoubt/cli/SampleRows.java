package dev.redoubt.cli;

import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Sample;
import dev.redoubt.trainer.data.Samples;
import dev.redoubt.trainer.data.TokenOrigin;
import dev.redoubt.trainer.data.token.Tokenizer;
import dev.redoubt.trainer.kernel.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A sample, token by token.
 *
 * @param tokenizer how its text was cut
 * @param tokens in their order
 */
record SampleRows(Tokenizer tokenizer, List<Token> tokens) {

  private static final int EXCERPT = 40;

  /**
   * One of them.
   *
   * @param row of the sample, from 0
   * @param id null if it is no text
   * @param text what it says; null if it is no text
   * @param position in the document; null if it is no text
   * @param segment the file that holds it; null if the document does
   * @param place in words; null if the position says it all
   */
  record Token(
      int row,
      @Nullable Integer id,
      @Nullable String text,
      String source,
      String document,
      @Nullable Long position,
      @Nullable String segment,
      @Nullable String place) {

    boolean sameSegment(Token other) {
      return source.equals(other.source)
          && document.equals(other.document)
          && Objects.equals(segment, other.segment);
    }

    String where() {
      String at = place == null ? "at " + position : place;
      return segment == null ? at : segment + " " + at;
    }
  }

  static SampleRows of(Samples data, ModelConfig model, TrainConfig train, long index) {
    int length = train.sequenceLength();
    int[] ids = new int[length];
    try (Arena arena = Arena.ofConfined()) {
      boolean text = data.imagePatch() + data.audioFrame() == 0;
      Sample sample =
          text
              ? Sample.ofText(length)
              : Sample.of(Matrix.allocate(arena, length, model.featureWidth()));
      data.sample(index, sample);
      System.arraycopy(sample.tokens(), 0, ids, 0, length);
    }
    List<Token> tokens = new ArrayList<>();
    for (int row = 0; row < length; row++) {
      tokens.add(token(row, ids[row], data.origin(index, row), data.tokenizer()));
    }
    return new SampleRows(data.tokenizer(), tokens);
  }

  private static Token token(int row, int id, TokenOrigin origin, Tokenizer tokenizer) {
    boolean text = id != Sample.NONE;
    return new Token(
        row,
        text ? id : null,
        text ? tokenizer.decode(new int[] {id}) : null,
        origin.source(),
        origin.document(),
        text ? origin.position() : null,
        origin.segment().isEmpty() ? null : origin.segment(),
        origin.place().isEmpty() ? null : origin.place());
  }

  /**
   * Prints it.
   *
   * @param each a line for each token, and not for each stretch of a document
   */
  void print(Terminal terminal, boolean each) {
    for (int from = 0; from < tokens.size(); ) {
      int to = from + 1;
      while (!each && to < tokens.size() && tokens.get(to).sameSegment(tokens.get(from))) {
        to++;
      }
      terminal.result(line(tokens.subList(from, to)).stripTrailing());
      from = to;
    }
  }

  private String line(List<Token> stretch) {
    Token first = stretch.getFirst();
    Token last = stretch.getLast();
    String rows = stretch.size() == 1 ? "" + first.row() : first.row() + "-" + last.row();
    String where = stretch.size() == 1 ? first.where() : first.where() + " to " + last.where();
    String document = first.document().isEmpty() ? "" : "/" + first.document();
    return "%-9s %s%s  %s  %s".formatted(rows, first.source(), document, where, content(stretch));
  }

  private String content(List<Token> stretch) {
    int[] ids =
        stretch.stream().map(Token::id).filter(Objects::nonNull).mapToInt(id -> id).toArray();
    if (ids.length == 0) {
      return "";
    }
    String text = tokenizer.decode(ids);
    String shown = text.length() > EXCERPT ? text.substring(0, EXCERPT) + "..." : text;
    StringBuilder quoted = new StringBuilder("\"");
    shown
        .codePoints()
        .forEach(
            each -> {
              if (each == '\n') {
                quoted.append("\\n");
              } else {
                quoted.appendCodePoint(Character.isISOControl(each) ? 0xFFFD : each);
              }
            });
    return quoted.append('"').toString();
  }
}
