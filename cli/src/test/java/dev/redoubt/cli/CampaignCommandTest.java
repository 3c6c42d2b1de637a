package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small campaigns: their tables, their verdicts, and that the same one gives the same bytes. */
class CampaignCommandTest {
  private static final String TINY =
      """
      apiVersion: redoubt/v1
      name: tiny
      seed: 11
      cluster: {pods: 3}
      model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
      data: {sources: [{name: text, from: text.txt}]}
      train: {steps: 9, microbatches: 6, sequenceLength: 8, batchSize: 1}
      injections: 30
      strikes: {fromStep: 4, stepsAfter: 2}
      strata:
        - class: memory
          weight: 2
        - class: gradient
          bits: [mantissa]
        - {class: update, sites: [parameters]}
      arms:
        all: {}
        blind: {stateDigest: false, screens: false}
      noFault: {steps: 20}
      expect:
        casesMin: 10
        falseAlarms: 0
        arms:
          all: {found: ">= 0.5", withinSteps: 0, blamedRight: ">= 1", corrected: ">= 1"}
          blind: {found: "<= 0", escapedGivenHarm: ">= 1"}
      """;

  /** What a campaign leaves behind, without what is not the same twice. */
  private static final List<String> FILES =
      List.of(
          "campaign.json",
          "campaign.yaml",
          "report.html",
          "rows.csv",
          "clean.csv",
          "sample.csv",
          "outcomes.csv",
          "coverage.csv",
          "harm.csv",
          "answers.csv",
          "detectors.csv",
          "ablation.csv",
          "false-alarms.csv");

  private final Path folder;

  CampaignCommandTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(
        folder.resolve("text.txt"), "the quick brown fox jumps over the lazy dog. ".repeat(40));
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("campaign.yaml"), text);
  }

  private Cli campaign(String text, String... more) throws IOException {
    String[] args =
        Stream.concat(
                Stream.of("campaign", file(text).toString(), "-o", runs().toString()),
                Stream.of(more))
            .toArray(String[]::new);
    return Cli.run(args);
  }

  private Path runs() {
    return folder.resolve("runs");
  }

  private Path latest() throws IOException {
    return runs().resolve("latest").toRealPath();
  }

  private static void assertSameFiles(Path one, Path other) throws IOException {
    for (String name : FILES) {
      assertThat(other.resolve(name)).hasSameBinaryContentAs(one.resolve(name));
    }
  }

  @Test
  void itsTablesAreAsTheGoldenFileSays() throws IOException {
    Cli ended = campaign(TINY);

    assertThat(ended.err()).isEmpty();
    assertThat(ended.exitCode()).as(ended.out()).isZero();
    String cost = ended.out().substring(ended.out().indexOf("Cost and coverage"));
    assertThat(cost).contains("all ").contains("ok    all.found").contains("tiny passed");
    assertGolden("tiny.txt", ended.out().substring(0, ended.out().indexOf("Cost and coverage")));
    assertGolden("tiny-rows.csv", Files.readString(latest().resolve("rows.csv")));
    assertThat(Files.readAllLines(latest().resolve("times.jsonl")))
        .singleElement()
        .asString()
        .contains("\"injections\":30,\"trainings\":3")
        .contains("\"ratio\":");
  }

  private static void assertGolden(String name, String text) throws IOException {
    Path golden = Path.of("src/test/resources/dev/redoubt/cli/campaign", name);
    if (Boolean.getBoolean("redoubt.golden.write")) {
      Files.writeString(golden, text);
    }
    assertThat(text).isEqualTo(Files.readString(golden));
  }

  @Test
  void theSameCampaignGivesTheSameBytesOnAnyNumberOfThreads() throws IOException {
    assertThat(campaign(TINY, "--threads", "1").exitCode()).isZero();
    Path one = latest();
    assertThat(campaign(TINY, "--threads", "3").exitCode()).isZero();
    assertThat(latest()).isNotEqualTo(one);
    assertSameFiles(one, latest());
    assertThat(campaign(TINY, "--seed", "12").exitCode()).isZero();
    assertThat(latest().resolve("rows.csv")).content().isNotEqualTo(rows(one));
  }

  private static String rows(Path directory) throws IOException {
    return Files.readString(directory.resolve("rows.csv"));
  }

  /** Wherever the process ended: in a line, between the arms of an injection, before any row. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.001, 0.31, 0.5, 0.77, 1})
  void itGoesOnAfterALineThatWasTorn(double share) throws IOException {
    assertThat(campaign(TINY).exitCode()).isZero();
    Path whole = latest();
    Path torn = Files.createDirectory(folder.resolve("torn"));
    for (String name : List.of("campaign.json", "campaign.yaml")) {
      Files.copy(whole.resolve(name), torn.resolve(name));
    }
    byte[] rows = rows(whole).getBytes(StandardCharsets.UTF_8);
    Files.write(torn.resolve("rows.csv"), Arrays.copyOf(rows, (int) (rows.length * share)));

    assertThat(campaign(TINY, "--resume", torn.toString()).exitCode()).isZero();

    assertSameFiles(whole, torn);
  }

  @Test
  void whatIsDoneIsNotDoneAgain() throws IOException {
    assertThat(campaign(TINY).exitCode()).isZero();
    Path whole = latest();
    assertThat(campaign(TINY, "--resume", whole.toString()).exitCode()).isZero();
    assertThat(Files.readAllLines(whole.resolve("times.jsonl")))
        .hasSize(2)
        .last()
        .asString()
        .contains("\"injections\":0,\"trainings\":0");
  }

  @Test
  void anotherCampaignsDirectoryIsRefused() throws IOException {
    assertThat(campaign(TINY).exitCode()).isZero();
    Path whole = latest();
    refused("it has the seed 11, not 12", TINY, whole, "--seed", "12");
    refused("file has changed", TINY.replace("injections: 30", "injections: 31"), whole);
    refused("it is of the campaign tiny", TINY.replace("name: tiny", "name: other"), whole);
    refused("it has no campaign.json", TINY, Files.createDirectory(folder.resolve("empty")));
    Path report = whole.resolve("campaign.json");
    String json = Files.readString(report);
    Files.writeString(report, json.replaceAll("\"version\" : \"[^\"]*\"", "\"version\" : \"0\""));
    refused("it is of version 0, not", TINY, whole);
    Files.writeString(report, json.substring(0, 40));
    refused("campaign.json cannot be read", TINY, whole);
    Files.writeString(report, json);
    Files.writeString(whole.resolve("rows.csv"), rows(whole).replaceFirst(",true,", ",ture,"));
    refused("line 2 of rows.csv is damaged", TINY, whole);
    Files.writeString(whole.resolve("rows.csv"), "index\n1\n");
    refused("rows.csv does not begin with index,arm", TINY, whole);
  }

  @Test
  void dataThatChangedAreRefused() throws IOException {
    assertThat(campaign(TINY).exitCode()).isZero();
    Files.writeString(folder.resolve("text.txt"), "jackdaws love my big sphinx. ".repeat(60));
    refused("the data have changed since", TINY, latest());
  }

  private void refused(String why, String text, Path directory, String... more) throws IOException {
    String[] args =
        Stream.concat(Stream.of("--resume", directory.toString()), Stream.of(more))
            .toArray(String[]::new);
    Cli ended = campaign(text, args);
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains(why);
  }

  /** The detector is off, and what it was to find escapes. */
  @Test
  void withoutItsDetectorACampaignGoesRed() throws IOException {
    String text =
        TINY.substring(0, TINY.indexOf("arms:"))
            + """
            detect: {stateDigest: false, scrub: false, screens: false}
            expect: {casesMin: 10, found: ">= 0.5", escapedGivenHarm: "<= 0"}
            """;
    Cli red = campaign(text);
    assertThat(red.exitCode()).isEqualTo(1);
    assertThat(red.out())
        .contains("FAIL  detect.found")
        .contains("got 0 of 30 (0.00 %)")
        .contains("FAIL  detect.escapedGivenHarm")
        .contains("tiny failed");
    String green = text.replace("detect: {stateDigest: false, scrub: false, screens: false}\n", "");
    Cli same = campaign(green.replace(", escapedGivenHarm: \"<= 0\"", ""));
    assertThat(same.exitCode()).as(same.out()).isZero();
  }

  @Test
  void tooFewCasesAreInconclusive() throws IOException {
    Cli few = campaign(TINY.replace("casesMin: 10", "casesMin: 31"));
    assertThat(few.exitCode()).isEqualTo(3);
    assertThat(few.out()).contains("at least 31 cases are needed").contains("tiny inconclusive");
    Cli limit = campaign(TINY.replace("found: \">= 0.5\"", "found: \">= 0.895\""));
    assertThat(limit.exitCode()).as(limit.out()).isEqualTo(3);
    assertThat(limit.out()).contains("at least 33 cases are needed");
  }

  @Test
  void itsReportIsJsonOnDemand() throws IOException {
    Cli ended = campaign(TINY, "--json");
    assertThat(ended.out()).isEqualTo(Files.readString(latest().resolve("campaign.json")));
  }

  @Test
  void badOptionsEndWith2() throws IOException {
    assertThat(campaign(TINY, "--threads", "0").err()).contains("--threads is 0, expected 1 to");
    assertThat(campaign(TINY, "--seed", "-1").exitCode()).isEqualTo(2);
    assertThat(runs()).doesNotExist();
  }
}
