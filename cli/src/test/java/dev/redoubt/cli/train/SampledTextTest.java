package dev.redoubt.cli.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.trainer.Sampler;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.data.Dataset;
import dev.redoubt.trainer.data.token.ByteTokenizer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SampledTextTest {

  /** A model that knows one text by heart, and begins it again at its end. */
  private static List<String> recite(byte[] text, String prompt, int lines) {
    int[] at = {0};
    Sampler.Model model =
        (tokens, count, logits) -> logits[Byte.toUnsignedInt(text[at[0]++ % text.length])] = 50;
    Sampler.Model fresh =
        (tokens, count, logits) -> {
          java.util.Arrays.fill(logits, 0);
          model.next(tokens, count, logits);
        };
    int[] tokens = prompt.chars().toArray();
    return SampledText.lines(new Sampler(fresh, 256, 16, 0, 1), new ByteTokenizer(), tokens, lines);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void itIsSoManyLinesThatAreNotBlank() {
    byte[] text = utf8("ein Übel\n\twar's \n \n\n");
    assertThat(recite(text, "\n", 3)).containsExactly("ein Übel", "\twar's", "ein Übel");
  }

  @Test
  void theLineThatThePromptBeganIsWhole() {
    assertThat(recite(utf8("sh;\nx"), "int a;\nint ra", 2)).containsExactly("int rash;", "xsh;");
  }

  @Test
  void whatATerminalWouldObeyAndWhatIsNoTextIsReplaced() {
    byte[] text = {'a', 0x1B, '[', 'J', 7, (byte) 0xFF, 'z', '\n'};
    assertThat(recite(text, "\n", 1)).containsExactly("a\uFFFD[J\uFFFD\uFFFDz");
  }

  @Test
  void thePromptIsTheUsersOrSomeLinesOfTheHeldOutText() throws Exception {
    TrainConfig train = TrainConfig.defaults(1, 1, 1, 1, 16);
    Dataset text = Dataset.of(utf8("one\ntwo\nthree\nfour\n"), train);
    assertThat(prompt("a ü", text)).isEqualTo("a Ã¼");
    assertThat(prompt(null, text)).isEqualTo("one\ntwo\n");
    Dataset line = Dataset.of(utf8("nothing but one line"), train);
    assertThat(prompt(null, line)).isEqualTo("nothing ");
  }

  private static String prompt(@Nullable String given, Dataset text) {
    int[] tokens = SampledText.prompt(given, text, 16);
    return new String(tokens, 0, tokens.length);
  }

  @Test
  void aModelThatNeverEndsALineIsStopped() {
    assertThat(recite(utf8("x"), "\n", 3)).containsExactly("x".repeat(600));
  }
}
