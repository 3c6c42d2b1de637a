package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs are made from the summary that the report's own tests pin. */
class CompareCommandTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String SUMMARY = "/dev/redoubt/cli/report/summary.json";

  private final Path folder;

  CompareCommandTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private static ObjectNode summary() throws IOException {
    try (var in = CompareCommandTest.class.getResourceAsStream(SUMMARY)) {
      ObjectNode summary = (ObjectNode) JSON.readTree(in);
      return summary.put("goldenDigest", "00000000000000aa").put("finalDigest", "00000000000000aa");
    }
  }

  private String run(String name, Consumer<ObjectNode> change) throws IOException {
    return run(name, "name: x", change);
  }

  private String run(String name, String scenario, Consumer<ObjectNode> change) throws IOException {
    Path directory = Files.createDirectories(folder.resolve(name));
    ObjectNode mine = summary();
    change.accept(mine);
    Files.writeString(directory.resolve("summary.json"), mine.toString());
    Files.writeString(directory.resolve("scenario.resolved.yaml"), scenario);
    return directory.toString();
  }

  @Test
  void aRunIsTheSameAsItself() throws Exception {
    String one = run("one", all -> {});

    Cli result = Cli.run("compare", one, one);

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("the same training, the same bits")
        .contains("ledgerSeconds.");
  }

  @Test
  void numbersHaveDifferenceAndRatio() throws Exception {
    String one = run("one", all -> all.put("goodput", 0.5));
    String two = run("two", all -> all.put("goodput", 0.75));

    Cli result = Cli.run("compare", one, two, "--json");

    JsonNode report = JSON.readTree(result.out());
    assertThat(report.path("bits").asText()).isEqualTo("SAME");
    assertThat(report.path("rows"))
        .filteredOn(row -> row.path("figure").asText().equals("goodput"))
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.path("first").asText()).isEqualTo("0.5000");
              assertThat(row.path("second").asText()).isEqualTo("0.7500");
              assertThat(row.path("difference").asText()).isEqualTo("+0.2500");
              assertThat(row.path("ratio").asText()).isEqualTo("1.500");
            });
  }

  @Test
  void aFigureThatWasNotTakenIsNoZero() throws Exception {
    String one = run("one", all -> all.putNull("goodput"));
    String two = run("two", all -> all.put("goodput", 0.75));

    Cli result = Cli.run("compare", one, two);

    assertThat(result.out()).containsPattern("goodput +- +0.7500\n");
  }

  @Test
  void faultsThatOnlyOneHasAreCountedAndNotCompared() throws Exception {
    String one = run("one", all -> {});
    String two = run("two", all -> all.putArray("faults"));

    assertThat(Cli.run("compare", one, one).out()).contains(".detectedBy");
    assertThat(Cli.run("compare", one, two).out())
        .doesNotContain(".detectedBy")
        .containsPattern("faults.struck +\\d+ +0 ");
  }

  @Test
  void otherBitsAfterTheSameTrainingDiverge() throws Exception {
    String one = run("one", all -> {});
    String two = run("two", all -> all.put("finalDigest", "00000000000000bb"));

    Cli result = Cli.run("compare", one, two);

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(result.out()).contains("the same training, but other bits");
  }

  @Test
  void anotherGoldenDigestOfTheSameScenarioDiverges() throws Exception {
    String one = run("one", all -> {});
    String two = run("two", all -> all.put("goldenDigest", "00000000000000bb"));

    assertThat(Cli.run("compare", one, two).exitCode()).isEqualTo(5);
  }

  @Test
  void anotherScenarioIsUnrelated() throws Exception {
    String one = run("one", all -> {});
    String two = run("two", "name: y", all -> all.put("goldenDigest", "00000000000000bb"));

    Cli result = Cli.run("compare", one, two);

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("not the same training");
  }

  @Test
  void aRunWithoutAnEndProvesNothing() throws Exception {
    String one = run("one", all -> {});
    String two = run("two", all -> all.putNull("finalDigest"));

    Cli result = Cli.run("compare", one, two);

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("nothing follows for the bits");
  }

  @Test
  void whatIsNoRunIsRefused() throws Exception {
    String one = run("one", all -> {});
    String broken = run("broken", all -> {});
    Files.writeString(Path.of(broken, "summary.json"), "{\n \"schema\": ");
    String later = run("later", all -> all.put("schema", 99));

    assertRefused("has no summary.json", folder.resolve("none").toString());
    assertRefused("is no JSON", broken);
    assertRefused("has the schema 99, expected 1", later);
    assertThat(Cli.run("compare", one).exitCode()).isEqualTo(2);
  }

  private void assertRefused(String why, String directory) throws IOException {
    Cli result = Cli.run("compare", run("fine", all -> {}), directory);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains(why);
  }
}
