package dev.redoubt.trainer.data.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.redoubt.trainer.data.DataException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text comes back from its tokens, whatever is in it. */
class TokenizerTest {

  /** Set where SentencePiece must be there: its absence is then a failure and no reason to skip. */
  private static final String REQUIRED = "REDOUBT_CI";

  private final Path cache;

  TokenizerTest(@TempDir Path cache) {
    this.cache = cache;
  }

  private static void needsTheProgram() {
    boolean there = Path.of("/usr/bin/spm_train").toFile().canExecute();
    if (System.getenv(REQUIRED) == null) {
      assumeThat(there).as("spm_train of Debian's package sentencepiece").isTrue();
    }
  }

  private static List<String> texts() {
    String[] syllables = {
      "lo", "ram", "is", "ter", "quo", "ven", "al", "dus", "pri", "mo", "ex", "an"
    };
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      StringBuilder line = new StringBuilder("    int ");
      for (int word = 0; word < 8; word++) {
        int drawn = (i * 31 + word * 17) % 1009;
        line.append(syllables[drawn % 12]).append(syllables[drawn / 12 % 12]);
        line.append(syllables[drawn / 5 % 12]).append(word % 3 == 2 ? "; " : " ");
      }
      texts.add(line.append("= table[").append(i).append("];\n").toString());
    }
    return texts;
  }

  private SentencePieceTokenizer trained(int vocabulary) throws DataException {
    needsTheProgram();
    Path file = SentencePieceTraining.train(texts(), vocabulary, cache);
    return SentencePieceTokenizer.open(file, vocabulary);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        " ",
        "  two  spaces  ",
        "\n\n\t\n",
        "line\r\nend\r",
        "int value = 3;\n",
        "\u00E4\u00F6\u00FC \u00DF",
        "\u4E2D\u6587",
        "\uD83D\uDE00 smile",
        "\u2581 marks",
        "e\u0301"
      })
  void itComesBack(String text) throws DataException {
    assertThat(new ByteTokenizer().decode(new ByteTokenizer().encode(text))).isEqualTo(text);
    Tokenizer pieces = trained(512);
    String wanted = text.replace("\u2581", " ");
    assertThat(pieces.decode(pieces.encode(text))).isEqualTo(wanted);
  }

  @Test
  void piecesAreFewerThanBytes() throws DataException {
    Tokenizer pieces = trained(512);
    String text = String.join("", texts());
    assertThat(pieces.encode(text).length).isLessThan(text.length() / 2);
    assertThat(pieces.vocabulary()).isEqualTo(512);
    assertThat(Arrays.stream(pieces.encode(text))).allMatch(token -> token >= 0 && token < 512);
  }

  @Test
  void twoTrainingsGiveTheSameFile(@TempDir Path other) throws Exception {
    needsTheProgram();
    Path one = SentencePieceTraining.train(texts(), 512, cache);
    Path two = SentencePieceTraining.train(texts(), 512, other);
    assertThat(Files.readAllBytes(one)).isEqualTo(Files.readAllBytes(two));
    assertThat(one.getFileName()).isEqualTo(two.getFileName());
    assertThat(SentencePieceTraining.train(texts(), 512, cache)).isEqualTo(one);
  }

  @Test
  void aVocabularyThatIsNotTheModelsIsRefused() throws Exception {
    needsTheProgram();
    Path file = SentencePieceTraining.train(texts(), 512, cache);
    assertThatThrownBy(() -> SentencePieceTokenizer.open(file, 516))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has 512 pieces, but data.tokenizer.vocabulary is 516");
    assertThatThrownBy(() -> SentencePieceTokenizer.open(file, 510))
        .hasMessage("data.tokenizer.vocabulary is 510, expected a multiple of 4");
  }

  @Test
  void whatIsNoModelIsRefusedByItsName() throws Exception {
    Path file = Files.writeString(cache.resolve("poem.model"), "roses are red");
    assertThatThrownBy(() -> SentencePieceTokenizer.open(file, 512))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("poem.model is no model of SentencePiece");
  }

  @Test
  void tooLittleTextForTheVocabularyIsRefusedWithTheProgramsWords() {
    needsTheProgram();
    assertThatThrownBy(() -> SentencePieceTraining.train(List.of("a b\n"), 4096, cache))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("spm_train failed");
  }
}
