package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.run.TrainerModels;
import dev.redoubt.trainer.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainCommandTest {
  private final Path folder;
  private final Path text;

  TrainCommandTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    text = Files.writeString(folder.resolve("text.txt"), "a line of text\n".repeat(400));
  }

  private Cli train(String... more) {
    List<String> args = new ArrayList<>(List.of("train", "--model", "pico", "--threads", "1"));
    args.addAll(List.of("--sequence-length", "16", "--microbatches", "2", "--batch", "2"));
    args.addAll(List.of(more));
    return Cli.run(args.toArray(String[]::new));
  }

  @Test
  void it_trains_and_shows_what_was_learnt() {
    Path file = folder.resolve("w.safetensors");
    Cli ended =
        train("--steps", "3", "--data", "letters=" + text, "--sample", "2", "--export", "" + file);
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.err()).contains("step 1/3  loss 5.").contains("step 3/3  loss");
    assertThat(ended.out())
        .contains("model      pico, ")
        .contains("training   complete: 3 of 3 steps, 192 tokens in ")
        .containsPattern("held out   \\d\\.\\d{3} nats a token, \\d\\.\\d{3} bits a byte")
        .containsPattern("speed      \\d+ tokens/s \\(median of 3 steps\\); a step \\d+ ms, p99 ")
        .containsPattern("digest     [0-9a-f]{16}")
        .containsPattern("four bits  .*safetensors: [0-9.]+ KiB for [0-9.]+ KiB; held out ")
        .contains("  | ");
    assertThat(file).isNotEmptyFile();
  }

  @Test
  void json_is_all_that_is_on_the_output_stream() throws IOException {
    String scenario =
        Files.writeString(
                folder.resolve("s.yaml"),
                """
                apiVersion: redoubt/v1
                name: small
                cluster: {pods: 1}
                data: {sources: [{name: letters, from: text.txt}]}
                train: {steps: 1, microbatches: 1}
                """)
            .toString();
    Cli one = train("--steps", "2", "--scenario", scenario, "--json", "-q", "--sample", "0");
    Cli two = train("--steps", "2", "--data", "x=" + text, "--json", "-q", "--sample", "0");
    assertThat(one.exitCode()).isZero();
    assertThat(one.err()).isEmpty();
    JsonNode report = JsonMapper.builder().build().readTree(one.out());
    assertThat(report.path("schema").asInt()).isEqualTo(1);
    assertThat(report.path("ending").asText()).isEqualTo("complete");
    assertThat(report.path("loss").path("heldOut").isNumber()).isTrue();
    assertThat(report.path("fourBit").isNull()).isTrue();
    assertThat(report.path("sample").isEmpty()).isTrue();
    JsonNode other = JsonMapper.builder().build().readTree(two.out());
    assertThat(report.path("digest")).isEqualTo(other.path("digest"));
  }

  @Test
  void it_trains_on_documents_with_pictures_and_sound() {
    String example = Path.of(System.getProperty("redoubt.root"), "examples", "interleaved") + "";
    Cli ended = train("--steps", "3", "--interleaved", "example=" + example, "--sample", "2");
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.err()).contains("step 3/3  loss");
    assertThat(ended.out())
        .containsPattern("held out   \\d\\.\\d{3} nats a token")
        .contains("  | ");
    Cli both = train("--interleaved", "example=" + example, "--data", "x=" + text);
    assertThat(both.exitCode()).isEqualTo(2);
    assertThat(both.err()).contains("--interleaved excludes --data, --scenario and --tokenizer");
    Cli missing = train("--steps", "3", "--interleaved", "example=" + folder.resolve("none"));
    assertThat(missing.exitCode()).isEqualTo(4);
    assertThat(missing.err()).contains("data source 'example': ").contains("does not exist");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--model mega | no model is called 'mega'; known are pico, nano",
        "--steps 2 --minutes 1 | --steps and --minutes exclude each other",
        "--data a=b --scenario c | --data and --scenario exclude each other",
        "--seed -1 | --seed is -1, expected 0 or more",
        "--threads 0 | --threads is 0, expected at least 1",
        "--minutes 0 | --minutes is 0.0, expected more than 0",
        "--steps 0 | steps must be positive, not 0",
        "--sample -1 | --sample is -1, expected 0 to 1000",
        "--temperature 101 | --temperature is 101.0, expected 0 to 100",
        "--learning-rate 0 | learningRate must be positive, not 0.0",
        "--sequence-length 99999 | --sequence-length is 99999, but 'nano' has a context of",
        "--data letters | letters",
      })
  void bad_options_are_named(String options, String message) {
    Cli ended = Cli.run(("train " + options).split(" "));
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains(message);
  }

  /** Or the number of steps that is printed would not give the same bits. */
  @Test
  void a_run_by_time_warms_up_as_a_run_by_steps() throws Exception {
    TrainOptions time = new TrainOptions();
    TrainOptions steps = new TrainOptions();
    steps.steps = 41;
    TrainConfig open = time.plan(new TrainerModels()).train();
    TrainConfig known = steps.plan(new TrainerModels()).train();
    assertThat(open.warmupSteps()).isEqualTo(40);
    assertThat(open.with(41, open.learningRate(), 40, open.schedule())).isEqualTo(known);
  }

  @Test
  void what_this_machine_has_not_is_the_environments_fault() {
    Cli noText = train("--steps", "1", "--data", "gone=" + folder.resolve("gone"));
    assertThat(noText.exitCode()).isEqualTo(4);
    assertThat(noText.err()).contains("does not exist").contains("--data NAME=PATH");
    Cli noFolder = train("--steps", "1", "--export", folder.resolve("no/w").toString());
    assertThat(noFolder.exitCode()).isEqualTo(4);
    assertThat(noFolder.err()).contains("is no folder that can be written to");
    assertThat(train("--export", folder.toString()).err()).contains("is a folder, expected a file");
  }

  @Test
  void a_training_that_diverges_fails() {
    Cli ended = train("--steps", "30", "--learning-rate", "1e30", "--data", "letters=" + text);
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.out()).contains("training   diverged: ");
  }
}
