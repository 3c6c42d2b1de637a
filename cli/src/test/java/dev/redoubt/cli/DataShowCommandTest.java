package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataShowCommandTest {
  private static final String SCENARIO =
      Path.of(System.getProperty("redoubt.root"), "scenarios", "interleaved.yaml").toString();

  @Test
  void a_sample_shows_the_pictures_between_the_words() {
    Cli shown = Cli.run("data", "show", SCENARIO, "--sample", "0");
    assertThat(shown.exitCode()).isZero();
    assertThat(shown.out())
        .contains("window 0 of 130, source 'example'")
        .contains("6-7    image  colours.md:1  patches (0,0)-(1,0)  media/blue.png: a square");
  }

  @Test
  void each_token_has_a_line_and_a_place_of_the_run_has_its_sample() throws Exception {
    Cli each = Cli.run("data", "show", SCENARIO, "--sample", "0", "--each");
    assertThat(each.out().lines()).hasSize(32);
    assertThat(each.out()).contains("media/blue.png line 1, row 0, column 1");
    Cli placed = Cli.run("data", "show", SCENARIO, "--at", "3,1,2", "--json");
    JsonNode tree = JsonMapper.builder().build().readTree(placed.out());
    assertThat(tree.path("tokens")).hasSize(32);
    Cli same =
        Cli.run("data", "show", SCENARIO, "--sample", tree.path("sample").asText(), "--json");
    assertThat(same.out()).isEqualTo(placed.out());
  }

  @Test
  void text_shows_its_document(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("text.txt"), "a line of text\n".repeat(20));
    Path file = folder.resolve("s.yaml");
    Files.writeString(
        file,
        """
        apiVersion: redoubt/v1
        name: small
        cluster: {pods: 1}
        data: {sources: [{name: letters, from: text.txt}]}
        train: {steps: 1, microbatches: 1, sequenceLength: 16}
        """);
    Cli shown = Cli.run("data", "show", file.toString(), "--sample", "1");
    assertThat(shown.out().strip())
        .isEqualTo("0-15      letters  at 16 to at 31  \" line of text\\na \"");
  }

  @Test
  void a_sample_that_is_not_there_is_refused() {
    assertThat(Cli.run("data", "show", SCENARIO, "--sample", "130").err())
        .contains("--sample is 130, expected 0 to 129");
    Cli place = Cli.run("data", "show", SCENARIO, "--at", "41,0,0");
    assertThat(place.exitCode()).isEqualTo(2);
    assertThat(place.err()).contains("--at is STEP,MICROBATCH,ROW, expected 1 to 40");
  }
}
