package dev.redoubt.trainer.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.trainer.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetTest {

  private static final TrainConfig TRAIN = TrainConfig.defaults(3, 10, 4, 2, 8);

  private final Path folder;

  DatasetTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @AfterEach
  void clear() {
    System.clearProperty(Text.JDK_HOME);
  }

  private Dataset open(String from) throws DataException {
    return Dataset.open(new DataConfig(List.of(Source.of("text", from))), TRAIN);
  }

  @Test
  void windowsCoverTheTextAndOverlapByOneToken() throws Exception {
    Dataset data = Dataset.of("abcdefghijklmnopqrstuvwxyz".getBytes(UTF_8), TRAIN);
    assertThat(data.samples()).isEqualTo(3);
    int[] tokens = new int[9];
    data.sample(1, tokens);
    assertThat(tokens).containsExactly('i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q');
    data.sample(2, tokens);
    assertThat(tokens[0]).isEqualTo('q');
    assertThatThrownBy(() -> data.sample(3, tokens)).hasMessage("window 3 of 3");
  }

  @Test
  void bytesAboveAsciiAreTokensToo() throws Exception {
    byte[] text = new byte[9];
    text[0] = (byte) 0xFF;
    int[] tokens = new int[9];
    Dataset.of(text, TRAIN).sample(0, tokens);
    assertThat(tokens[0]).isEqualTo(255);
  }

  /** 8 windows a step: 23 steps of a text of 92 windows are two whole passes. */
  @Test
  void noWindowComesTwiceWithinAPass() throws Exception {
    Dataset data = Dataset.of(new byte[92 * 8 + 1], TRAIN);
    Set<Long> pass = new HashSet<>();
    Set<List<Long>> passes = new HashSet<>();
    List<Long> order = new ArrayList<>();
    for (int step = 1; step <= 23; step++) {
      for (int microbatch = 0; microbatch < 4; microbatch++) {
        for (int row = 0; row < 2; row++) {
          assertThat(pass.add(data.indexOf(step, microbatch, row))).isTrue();
          order.add(data.indexOf(step, microbatch, row));
          if (pass.size() == 92) {
            passes.add(List.copyOf(order));
            pass.clear();
            order.clear();
          }
        }
      }
    }
    assertThat(passes).as("two passes in different orders").hasSize(2);
  }

  @Test
  void theOrderDependsOnTheSeed() throws Exception {
    byte[] text = new byte[8 * 1000 + 1];
    Dataset one = Dataset.of(text, TRAIN);
    Dataset two = Dataset.of(text, TrainConfig.defaults(4, 10, 4, 2, 8));
    int same = 0;
    for (int step = 1; step <= 100; step++) {
      same += one.indexOf(step, 1, 1) == two.indexOf(step, 1, 1) ? 1 : 0;
    }
    assertThat(same).isLessThan(5);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1})
  void stepsAreCountedFromOne(long step) throws Exception {
    Dataset data = Dataset.of(new byte[100], TRAIN);
    assertThatThrownBy(() -> data.indexOf(step, 0, 0))
        .hasMessage("steps are counted from 1, not " + step);
  }

  @Test
  void foldersAreReadInTheOrderOfTheirPathsWithoutBinaryFiles() throws Exception {
    Files.createDirectory(folder.resolve("b"));
    write("b/one.txt", "BBBBBBBBBB");
    write("c.txt", "CCCCCCCCCC");
    write("a.txt", "AAAAAAAAAA");
    write("b/image", "\0binary");
    Dataset data = open(folder.toString());
    assertThat(data.digest())
        .isEqualTo(Dataset.of("AAAAAAAAAABBBBBBBBBBCCCCCCCCCC".getBytes(UTF_8), TRAIN).digest());
  }

  @Test
  void sourcesFollowEachOtherEachUpToItsLimit() throws Exception {
    write("a.txt", "AAAAAAAAAA");
    write("b.txt", "BBBBBBBBBB");
    Source a = new Source("a", folder.resolve("a.txt").toString(), 6);
    Source b = new Source("b", folder.resolve("b.txt").toString(), 1000);
    Dataset data = Dataset.open(new DataConfig(List.of(b, a)), TRAIN);
    assertThat(data.digest())
        .isEqualTo(Dataset.of("BBBBBBBBBBAAAAAA".getBytes(UTF_8), TRAIN).digest());
  }

  /** Windows of 8: c.txt ends and b/two.txt begins within the second window. */
  @Test
  void everyTokenSaysWhereItCameFrom() throws Exception {
    Files.createDirectory(folder.resolve("b"));
    write("b/one.txt", "0123456789");
    write("b/empty.txt", "");
    write("b/two.txt", "abcdefghij");
    write("c.txt", "ABCDEFGHIJ");
    Source c = new Source("last", folder.resolve("c.txt").toString(), 10);
    Source b = new Source("first", folder.resolve("b").toString(), 15);
    Dataset data = Dataset.open(new DataConfig(List.of(c, b)), TRAIN);
    assertThat(data.origin(0, 0)).isEqualTo(new TokenOrigin("last", "", 0));
    assertThat(data.origin(1, 1)).isEqualTo(new TokenOrigin("last", "", 9));
    assertThat(data.origin(1, 2)).isEqualTo(new TokenOrigin("first", "one.txt", 0));
    assertThat(data.origin(2, 3)).isEqualTo(new TokenOrigin("first", "one.txt", 9));
    assertThat(data.origin(2, 4)).isEqualTo(new TokenOrigin("first", "two.txt", 0));
    assertThatThrownBy(() -> data.origin(3, 0)).hasMessage("window 3 of 3");
    assertThatThrownBy(() -> data.origin(0, 8)).hasMessage("token 8 of 8");
  }

  @Test
  void theDigestIsTheSha256OfTheBytes() throws Exception {
    assertThat(Dataset.of("abcdefghij".getBytes(UTF_8), TRAIN).digest())
        .isEqualTo("72399361da6a7754fec986dca5b7cbaf1c810a28ded4abaf56b2106d06cb78b0");
  }

  @Test
  void theSourcesOfTheJdkAreTextOfTheirLimit() throws Exception {
    DataConfig config = new DataConfig(List.of(new Source("code", Source.JDK_SOURCES, 50_000)));
    Dataset data = Dataset.open(config, TRAIN);
    assertThat(data.samples()).isEqualTo((50_000 - 1) / 8);
    assertThat(Dataset.open(config, TRAIN).digest()).isEqualTo(data.digest());
    int[] tokens = new int[9];
    data.sample(0, tokens);
    assertThat(tokens).startsWith('/', '*', '\n', ' ', '*');
  }

  @Test
  void aJdkWithoutSourcesSaysWhatToDo() {
    System.setProperty(Text.JDK_HOME, folder.toString());
    assertThatThrownBy(() -> open(Source.JDK_SOURCES))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(folder.resolve("lib").resolve("src.zip").toString())
        .hasMessageContaining("name a file or folder in data.sources[].from")
        .hasMessageContaining("openjdk-25-source");
  }

  @Test
  void aDamagedArchiveIsNamed() throws Exception {
    Files.createDirectory(folder.resolve("lib"));
    write("lib/src.zip", "not a zip");
    System.setProperty(Text.JDK_HOME, folder.toString());
    assertThatThrownBy(() -> open(Source.JDK_SOURCES))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("src.zip")
        .hasMessageContaining("damaged");
  }

  @Test
  void whatIsMissingEmptyOrTooShortIsNamed() throws Exception {
    assertThatThrownBy(() -> open(folder.resolve("nowhere").toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("nowhere does not exist");
    assertThatThrownBy(() -> open(folder.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no text in folder");
    write("short.txt", "12345678");
    assertThatThrownBy(() -> open(folder.resolve("short.txt").toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has 8 bytes, but one window needs sequenceLength + 1 = 9");
    write("binary", "\0\0\0\0");
    Files.delete(folder.resolve("short.txt"));
    assertThatThrownBy(() -> open(folder.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("1 binary files skipped");
  }

  @Test
  void sourcesThatSayNothingAreRefused() {
    assertThatThrownBy(() -> new DataConfig(List.of())).hasMessageContaining("data.sources");
    assertThatThrownBy(() -> new Source("s", "", 1)).hasMessageContaining("from must be");
    assertThatThrownBy(() -> new Source("s", "x", 0)).hasMessageContaining("bytesMax");
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }
}
