package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.run.TrainerModels;
import dev.redoubt.cli.scenario.CampaignLoader;
import dev.redoubt.cli.scenario.ScenarioException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every bad campaign is refused with exit code 2, the line, and what was expected. */
class MalformedCampaignTest {
  private static final String GOOD =
      """
      apiVersion: redoubt/v1
      name: base
      seed: 7
      cluster: {pods: 3}
      model: pico
      train: {steps: 20, microbatches: 6, sequenceLength: 16, batchSize: 1}
      redundancy: {keepVersions: 4}
      detect: {stateDigest: {every: 1}, scrub: {every: 1}}
      injections: {margin: 0.01, confidence: 0.95}
      strikes:
        fromStep: 3
        toStep: 18
      strata:
        - {class: memory, sites: [parameters], bits: [exponent, 0-4]}
        - {class: update, weight: 2}
      arms:
        all: {}
        none: {stateDigest: false, screens: false}
      noFault: {steps: 100}
      expect:
        found: ">= 0.999"
        falseAlarms: 0
        arms:
          none: {found: "<= 0"}
      """;

  private final Path folder;

  MalformedCampaignTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** One edit of the good campaign, the line of the problem and a part of its message. */
  record Case(String find, String replace, int line, String phrase) {}

  static Stream<Case> cases() {
    return Stream.of(
        new Case("  all: {}", "  all: {audits: {fraction: 0.5}}", 17, "at least one spare"),
        new Case("  all: {}", "  all: {audits: true}", 17, "expected {fraction: Q}"),
        new Case(
            "  none: {stateDigest: false,",
            "  none: {stateDigest: false, audits: {fraction: 1},",
            18,
            "need stateDigest: {every: 1}"),
        new Case("injections:", "preset: gpu\ninjections:", 14, "expected one of the two"),
        new Case("injections:", "preset: tpu\ninjections:", 9, "expected one of cpu"),
        new Case("name: base\n", "", 1, "name: is missing, expected"),
        new Case("seed: 7", "sede: 7", 3, "is not a known key; did you mean \"seed\"?"),
        new Case("pods: 3", "pods: 3, workersPerPod: 2", 4, "is not a known key"),
        new Case("model: pico", "model: piko", 5, "did you mean \"pico\""),
        new Case("steps: 20", "steps: 0", 6, "expected an integer from 1 to"),
        new Case("every: 1}, scrub", "every: 4}, scrub", 8, "redundancy.keepVersions, 4"),
        new Case("scrub: {every: 1}", "scrub: {every: 5}", 8, "the run has to last until it looks"),
        new Case("scrub: {every: 1}", "frameDigest: true", 8, "is not a known key"),
        new Case("{margin: 0.01, confidence: 0.95}", "many", 9, "expected a number of injections"),
        new Case("0.95", "0.94", 9, "expected one of 0.9, 0.95, 0.99, 0.995, 0.999"),
        new Case("margin: 0.01", "margin: 0", 9, "expected a number above 0 and at most 0.5"),
        new Case("toStep: 18", "toStep: 19", 12, "is 19, expected at most 18: 2 steps are"),
        new Case("fromStep: 3", "fromStep: 19", 11, "expected at most 18, the last step"),
        new Case(
            "sites: [parameters]", "sites: [gradient]", 14, "expected one of parameters, first"),
        new Case("class: memory", "class: memroy", 14, "did you mean \"memory\""),
        new Case("0-4", "0-40", 14, "expected bits from 0 to 31, the lower one first"),
        new Case("0-4", "4-0", 14, "expected bits from 0 to 31, the lower one first"),
        new Case("0-4", "low", 14, "expected all, mantissa, exponent, sign, or a range"),
        new Case("0-4", "23-30", 14, "is 23-30 of memory/parameters again"),
        new Case("weight: 2", "weight: 0", 15, "expected an integer from 1 to 1000"),
        new Case("all: {}", "all: {screen: true}", 17, "did you mean \"screens\""),
        new Case("none: {stateDigest: false", "none: {stateDigest: {every: 4}", 18, "is 4"),
        new Case("\">= 0.999\"", "0.999", 21, "a comparison with a number"),
        new Case("noFault: {steps: 100}\n", "", 21, "expected noFault with their steps"),
        new Case("    none: {found", "    nine: {found", 24, "names no arm"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void each_mistake_is_refused_with_its_line(Case bad) throws IOException {
    assertThat(GOOD).contains(bad.find());
    Path file =
        Files.writeString(
            folder.resolve("bad.yaml"),
            GOOD.replaceFirst(Pattern.quote(bad.find()), Matcher.quoteReplacement(bad.replace())));

    Cli ended = Cli.run("campaign", file.toString(), "-o", folder.resolve("runs").toString());

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err().lines())
        .as(ended.err())
        .anySatisfy(
            line ->
                assertThat(line).startsWith(file + ":" + bad.line() + ":").contains(bad.phrase()));
    assertThat(folder.resolve("runs")).doesNotExist();
  }

  @Test
  void a_stored_copy_is_not_struck_before_step_3() throws IOException {
    String text =
        GOOD.replace("sites: [parameters]", "sites: [stored-copy]")
            .replace("fromStep: 3", "fromStep: 2");
    Path file = Files.writeString(folder.resolve("bad.yaml"), text);
    assertThat(Cli.run("campaign", file.toString()).err())
        .contains(":11:")
        .contains("is 2, expected at least 3: a stored copy is an older version");
  }

  @Test
  void a_campaign_of_nothing_is_refused() throws IOException {
    String text = GOOD.substring(0, GOOD.indexOf("injections:"));
    Path file = Files.writeString(folder.resolve("bad.yaml"), text);
    assertThat(Cli.run("campaign", file.toString()).err())
        .contains("has neither injections nor noFault");
  }

  @Test
  void a_missing_file_and_an_empty_one_are_refused() throws IOException {
    Path empty = Files.writeString(folder.resolve("empty.yaml"), "");
    assertThat(Cli.run("campaign", empty.toString()).err())
        .contains("the file is empty, expected a campaign");
    assertThat(Cli.run("campaign", folder.toString()).err())
        .contains("is a folder, expected a campaign file");
  }

  @Test
  void the_good_one_and_the_whole_library_are_valid() throws IOException, ScenarioException {
    CampaignLoader loader = new CampaignLoader(new TrainerModels());
    Path good = Files.writeString(folder.resolve("good.yaml"), GOOD);
    assertThat(loader.load(good).shares()).hasSize(5);
    List<Path> library;
    try (Stream<Path> files =
        Files.list(Path.of(System.getProperty("redoubt.root", "..")).resolve("campaigns"))) {
      library = files.sorted().toList();
    }
    assertThat(library).hasSizeGreaterThanOrEqualTo(4);
    for (Path file : library) {
      assertThat(loader.load(file).name() + ".yaml").isEqualTo(file.getFileName().toString());
    }
  }
}
