package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every bad scenario is refused with exit code 2, the line, and what was expected. */
class MalformedScenarioTest {
  private static final String GOOD =
      """
      apiVersion: redoubt/v1
      name: base
      seed: 7
      mode: local
      cluster:
        pods: 3
        workersPerPod: 1
        spares: 1
      model: nano
      data: {sources: [{name: code, from: jdk-sources}]}
      train:
        steps: 60
        microbatches: 8
        sequenceLength: 64
      redundancy: {scheme: replicas, keepVersions: 4}
      detect:
        stateDigest: {every: 1}
        scrub: false
      faults:
        - id: crash
          at: {step: 15}
          inject: {kind: crash, target: {pod: 1}}
        - id: flip
          at: {step: 30}
          inject:
            kind: bit-flip
            target:
              pod: 0
              site: parameters
              tensor: blocks.0.ffn.up
              element: 17
              bit: 30
      expect:
        finalState: golden
        faults:
          flip: {detected: {withinSteps: 1}, blamed: {pod: 0}}
        falseAlarms: 0
        goodput: ">= 0.5"
      """;

  private final Path folder;

  MalformedScenarioTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** One edit of the good scenario, the line of the problem and a part of its message. */
  record Case(String find, String replace, int line, String phrase) {}

  private static Case data(String more, String phrase) {
    String sources = "sources: [{name: code, from: jdk-sources}]";
    return new Case(sources, sources + ", " + more, 10, phrase);
  }

  /** Interleaved documents, and another source beside them. */
  private static Case documents(String other, String more, String phrase) {
    return new Case(
        "sources: [{name: code, from: jdk-sources}]",
        "sources: [{name: a, from: x, kind: interleaved}, " + other + "]" + more,
        10,
        phrase);
  }

  private static Case redundancy(String with, String phrase) {
    String replicas = "{scheme: replicas, keepVersions: 4}";
    return new Case("redundancy: " + replicas, "redundancy: " + with, 15, phrase);
  }

  static Stream<Case> cases() {
    return Stream.of(
        new Case("  pods: 3", "  pods: [3", 7, "is not YAML"),
        new Case("apiVersion: redoubt/v1", "apiVersion: redoubt/v2", 1, "expected redoubt/v1"),
        new Case("name: base\n", "", 1, "name: is missing"),
        new Case("name: base", "name: Not A Name", 2, "lower-case letters"),
        new Case("seed: 7", "seed: -1", 3, "seed: is -1, expected an integer from 0"),
        new Case("seed: 7", "seed: 9223372036854775808", 3, "expected an integer from 0"),
        new Case("seed: 7", "seed: seven", 3, "is the text \"seven\", expected an integer"),
        new Case("seed: 7", "sede: 7", 3, "did you mean \"seed\"?"),
        new Case("seed: 7", "seed: 7\nseed: 8", 4, "is here twice, first in line 3"),
        new Case("seed: 7", "seed:", 3, "is empty, expected an integer"),
        redundancy("{scheme: party}", "did you mean \"parity\"?"),
        redundancy("{scheme: parity}", "is parity, which needs cluster.workersPerPod: 2 or 4"),
        redundancy("{scheme: parity, copies: 1}", "copies: is for redundancy.scheme: buddy"),
        redundancy("{scheme: parity, keepVersions: 2}", "3 at least with parity"),
        redundancy("{scheme: checkpoint}", "expected everySteps beside it"),
        redundancy("{everySteps: 5}", "expected diskTier: {everySteps: N} for a last resort"),
        redundancy("{diskTier: {}}", "everySteps: is missing"),
        redundancy(
            "{scheme: checkpoint, everySteps: 5, diskTier: {everySteps: 5}}",
            "whose disk is no last resort"),
        data("tokenizer: {kind: words}", "expected one of bytes, sentencepiece"),
        data("tokenizer: {kind: sentencepiece, vocabulary: 1023}", "vocabulary"),
        data(
            "stages: [{until: 0.5, weights: {code: 1}}]",
            "is 0.5, expected 1: it is the last stage"),
        data(
            "stages: [{until: 0.5, weights: {code: 1}}, {until: 0.4, weights: {code: 1}}]",
            "is 0.4, expected more than 0.5"),
        data("stages: [{until: 1, weights: {cod: 1}}]", "is no source, expected one of code"),
        documents(
            "{name: b, from: x, kind: prose}", "", "is not interleaved, but another source is"),
        documents(
            "{name: b, from: x}", "", "expected all sources of a run to be of kind interleaved"),
        documents(
            "{name: b, from: jdk-sources, kind: interleaved}",
            "",
            "is jdk-sources, expected a folder with Markdown files"),
        documents(
            "{name: b, from: x, kind: interleaved}",
            ", tokenizer: {kind: bytes}",
            "is not for sources of kind interleaved"),
        documents("{name: b, from: x, kind: interleaved}", ", imagePatch: 65", "65"),
        data("stages: [{until: 1, weights: {code: 0}}]", "are all 0, expected one that is not"),
        data("stages: [{until: 1, weights: {code: -1}}]", "expected"),
        data("filters: {off: [lenght]}", "did you mean \"length\"?"),
        data("filters: {qualityMin: 2}", "qualityMin"),
        new Case("mode: local", "mode: locl", 4, "did you mean \"local\"?"),
        new Case("mode: local", "mode: sim", 4, "cannot be run yet; expected local or processes"),
        new Case("  pods: 3", "  pods: 65", 6, "is 65, expected an integer from 1 to 64"),
        new Case("  pods: 3", "  pods: 2.5", 6, "expected an integer"),
        new Case(
            "  pods: 3\n", "", 5, "cluster.pods: is missing, expected an integer from 1 to 64"),
        new Case("workersPerPod: 1", "workersPerPod: 3", 7, "is 3, expected 1, 2 or 4"),
        new Case("  spares: 1", "  spare: 1", 8, "did you mean \"spares\"?"),
        new Case("model: nano", "model: nona", 9, "did you mean \"nano\"?"),
        new Case("model: nano", "model: {layers: 2}", 9, "model.width: is missing"),
        new Case(
            "model: nano",
            "model: {layers: 1, width: 16, heads: 3, headSize: 4, ffnWidth: 32, vocabulary: 256,"
                + " contextLength: 64}",
            9,
            "cannot be trained: heads"),
        new Case(
            "model: nano",
            "model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 64,"
                + " contextLength: 64}",
            9,
            "a vocabulary of 64 cannot hold bytes"),
        new Case("{sources: [{name: code, from: jdk-sources}]}", "{sources: []}", 10, "at least 1"),
        new Case("  steps: 60\n", "", 11, "train.steps: is missing"),
        new Case("  steps: 60", "  steps: 0", 12, "is 0, expected an integer from 1"),
        new Case(
            "  steps: 60", "  steps: 60\n  learningRate: .nan", 13, "expected a finite number"),
        new Case("  steps: 60", "  steps: 60\n  beta1: 1.0", 13, "below 1"),
        new Case(
            "  microbatches: 8", "  microbatches: 2", 13, "at least one for each of the 3 pods"),
        new Case("sequenceLength: 64", "sequenceLength: 32769", 14, "32768"),
        new Case("scheme: replicas", "scheme: parity", 15, "parity, which needs cluster"),
        new Case(
            "scheme: replicas",
            "scheme: buddy",
            15,
            "is buddy, which needs cluster.workersPerPod: 2 or 4"),
        new Case(
            "{scheme: replicas,",
            "{scheme: replicas, copies: 1,",
            15,
            "copies: is for redundancy.scheme: buddy"),
        new Case("keepVersions: 4", "keepVersions: 1", 15, "from 2 to 64"),
        new Case("{every: 1}", "{every: 4}", 17, "less than redundancy.keepVersions"),
        new Case("{every: 1}", "often", 17, "{every: N} with a number of steps, or false"),
        new Case("{every: 1}", "{evry: 1}", 17, "did you mean \"every\"?"),
        new Case("scrub: false", "audits: true", 18, "expected {fraction: Q}"),
        new Case("scrub: false", "audits: {fraction: 2}", 18, "audits.fraction"),
        new Case("scrub: false", "audits: {fraction: 0}", 18, "audits.fraction"),
        new Case("{every: 1}", "{every: 2}\n  audits: {fraction: 1}", 18, "every: 1"),
        new Case("{every: 1}", "false\n  audits: {fraction: 1}", 18, "every: 1"),
        new Case("scrub: false", "slow: true", 18, "expected {factor: F}"),
        new Case("scrub: false", "slow: {factor: 1}", 18, "slow.factor"),
        new Case("scrub: false", "slow: {factor: 2, millisMin: 4000}", 18, "less than timeouts"),
        new Case("scrub: false", "slow: {factor: 2, evictAfter: 0}", 18, "slow.evictAfter"),
        new Case("{every: 1}", "{every: 2}\n  slow: {factor: 2}", 18, "every: 1"),
        new Case("  - id: crash", "  - id: flip", 23, "like the fault in line 20"),
        new Case("at: {step: 15}", "at: {step: 0}", 21, "faults[0].at.step: is 0"),
        new Case("at: {step: 15}", "at: {step: 15, phase: redux}", 21, "did you mean \"reduce\"?"),
        new Case("at: {step: 15}", "at: {step: 15, phase: commit}", 21, "only the controller"),
        new Case("at: {step: 30}", "at: {step: 30, phase: reduce}", 24, "compute or update"),
        new Case("target: {pod: 1}", "target: {pod: 7}", 22, "is 7, expected 0 to 2"),
        new Case("target: {pod: 1}", "target: {pod: 1, rank: 1}", 22, "is 1, expected 0: cluster"),
        new Case(
            "target: {pod: 1}",
            "target: {pod: 1, bit: 3}",
            22,
            "for bit-flip, corruption, software-bug only"),
        new Case("kind: crash", "kind: hand", 22, "did you mean \"hang\"?"),
        new Case("kind: crash", "kind: pause", 22, "inject.seconds: is missing"),
        new Case("kind: crash", "kind: slow", 22, "inject.factor: is missing"),
        new Case("kind: crash", "kind: slow, factor: 1", 22, "is 1, expected"),
        new Case(
            "kind: crash",
            "kind: crash, seconds: 3",
            22,
            "for pause, partition, cut-frames and cut-control only"),
        new Case(
            "kind: crash",
            "kind: hang, returns: {afterSteps: 2}",
            22,
            "for crash and out-of-memory only"),
        new Case("kind: crash", "kind: crash, returns: {afterSteps: 0}", 22, "is 0, expected"),
        new Case("spares: 1", "returns: {afterSteps: -1}", 8, "is -1, expected"),
        new Case(
            "kind: crash",
            "kind: hang, direction: in",
            22,
            "for partition, cut-frames and cut-control"),
        new Case("kind: crash", "kind: partition, direction: up", 22, "expected one of both, in"),
        new Case("kind: crash", "kind: partition, with: [{pod: 5}]", 22, "is 5, expected 0 to 2"),
        new Case("kind: crash", "kind: partition, with: [{}]", 22, "names nobody"),
        new Case("target: {pod: 1}", "target: {}", 22, "names nobody, expected {pod: P"),
        new Case(
            "{kind: crash, target: {pod: 1}}",
            "{kind: drain, target: {controller: true}}",
            22,
            "only a worker can be struck"),
        new Case(
            "at: {step: 15}\n", "at: {step: 15, phase: commit}\n", 21, "which only the controller"),
        new Case(
            "target: {pod: 1}", "target: {pod: 1, controller: true}", 22, "is for workers only"),
        new Case(
            "kind: crash, target: {pod: 1}",
            "kind: slow, factor: 2, target: {controller: true}",
            22,
            "only a worker can be struck"),
        new Case("        bit: 30\n", "", 27, "target.bit: is missing"),
        new Case(
            "        bit: 30", "        bit: 32", 32, "is 32, expected an integer from 0 to 31"),
        new Case(
            "        bit: 30", "        bit: 30\n        age: 1", 33, "for site stored-copy only"),
        new Case("site: parameters", "site: weights", 29, "expected one of parameters"),
        new Case("ffn.up", "ffn.upp", 30, "did you mean \"blocks.0.ffn.up\"?"),
        new Case("blocks.0.ffn.up", "blocks.9.ffn.up", 30, "blocks 0 to 3"),
        new Case("element: 17", "element: 65536", 31, "expected 0 to 65535"),
        new Case(
            "bit: 30",
            "bit: 30\n        microbatch: 1",
            33,
            "for site gradient, activations, product and tokens only"),
        new Case("site: parameters", "site: gradient\n        microbatch: 8", 30, "0 to 7"),
        new Case("site: parameters", "site: stored-copy\n        age: 4", 30, "0 to 3"),
        new Case(
            "site: parameters",
            "site: stored-copy\n        age: 0",
            30,
            "is 0, expected an integer from 1"),
        new Case(
            "at: {step: 30}\n    inject:\n      kind: bit-flip\n      target:\n        pod: 0\n        site: parameters",
            "at: {step: 30, phase: update}\n    inject:\n      kind: bit-flip\n      target:\n        pod: 0\n        site: stored-copy",
            24,
            "as a step begins"),
        new Case("finalState: golden", "finalState: gold", 34, "one of golden, escaped"),
        new Case("    flip: {det", "    flop: {det", 36, "names no fault; did you mean \"flip\"?"),
        new Case("withinSteps: 1", "withinStep: 1", 36, "did you mean \"withinSteps\"?"),
        new Case("blamed: {pod: 0}", "blamed: {pod: 3}", 36, "is 3, expected 0 to 2"),
        new Case("{withinSteps: 1}", "false", 36, "contradicts detected: false"),
        new Case("\">= 0.5\"", "0.5", 38, "expect.goodput: is 0.5"),
        new Case("\">= 0.5\"", "\"at least 0.5\"", 38, "a comparison with a number"),
        new Case("seed: 7", "seed: &anchor 7\ndescription: *anchor", 4, "is an alias"),
        new Case("expect:", "---\nexpect:", 34, "a second document begins"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void is_refused_with_the_line_and_what_was_expected(Case bad) throws IOException {
    assertThat(GOOD).contains(bad.find());
    int at = GOOD.indexOf(bad.find());
    String text = GOOD.substring(0, at) + bad.replace() + GOOD.substring(at + bad.find().length());
    Path file = Files.writeString(folder.resolve("bad.yaml"), text);

    Cli ended = Cli.run("validate", file.toString());

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err().lines())
        .as(ended.err())
        .anySatisfy(
            line ->
                assertThat(line).startsWith(file + ":" + bad.line() + ":").contains(bad.phrase()));
  }

  @Test
  void the_good_one_is_valid_without_a_warning() throws IOException {
    Path file = Files.writeString(folder.resolve("good.yaml"), GOOD);

    assertThat(Cli.run("validate", file.toString()))
        .isEqualTo(new Cli(0, "base: valid, 2 faults, 60 steps" + System.lineSeparator(), ""));
  }

  @Test
  void ranks_and_elements_are_counted_in_the_pod_and_in_the_shard() throws IOException {
    String text =
        GOOD.replace("workersPerPod: 1", "workersPerPod: 4")
            .replace("target: {pod: 1}", "target: {pod: 1, rank: 4}")
            .replace("pod: 0\n", "pod: 0\n        rank: 3\n")
            .replace("element: 17", "element: 16384");
    Path file = Files.writeString(folder.resolve("shards.yaml"), text);

    Cli ended = Cli.run("validate", file.toString());

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .contains("rank: is 4, expected 0 to 3: cluster.workersPerPod is 4")
        .contains(
            "element: is 16384, expected 0 to 16383: blocks.0.ffn.up has the shape [128, 128] in"
                + " the shard of rank 3");
    Path good = folder.resolve("good.yaml");
    Files.writeString(good, text.replace("16384", "16383").replace("rank: 4", "rank: 3"));
    assertThat(Cli.run("validate", good.toString()).exitCode()).isZero();
  }

  @Test
  void audits_need_a_spare_and_pods_of_one_worker() throws IOException {
    String text =
        GOOD.replace("workersPerPod: 1", "workersPerPod: 2")
            .replace("spares: 1", "spares: 0")
            .replace("scrub: false", "audits: {fraction: 0.5}");
    Path file = Files.writeString(folder.resolve("audits.yaml"), text);

    Cli ended = Cli.run("validate", file.toString());

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .contains("need cluster.workersPerPod: 1, not 2")
        .contains("need at least one spare to do them");
  }

  @Test
  void audits_that_lag_need_the_versions_to_go_back_to_and_no_stand_ins() throws IOException {
    String text =
        GOOD.replace(
            "scrub: false",
            "audits: {fraction: 0.5, lagSteps: 3}\n  slow: {factor: 3, millisMin: 50}");
    Path file = Files.writeString(folder.resolve("lag.yaml"), text);

    Cli ended = Cli.run("validate", file.toString());

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .contains("audits.lagSteps: is 3, expected at most redundancy.keepVersions - 2, 2")
        .contains("audits.lagSteps: is 3, expected 0 with detect.slow");
    Path good =
        Files.writeString(
            folder.resolve("less.yaml"),
            GOOD.replace("scrub: false", "audits: {fraction: 0.5, lagSteps: 2}"));
    assertThat(Cli.run("validate", good.toString()).exitCode()).isZero();
  }

  @Test
  void what_goes_to_disk_was_compared_and_can_be_found_again() throws IOException {
    String text =
        GOOD.replace("keepVersions: 4}", "keepVersions: 4, diskTier: {everySteps: 5}}")
            .replace("stateDigest: {every: 1}", "stateDigest: {every: 2}");
    Path file =
        Files.writeString(
            folder.resolve("disk.yaml"), text.replace("mode: local", "mode: containers"));

    Cli ended = Cli.run("validate", file.toString());

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .contains("which containers do not share; expected mode local or processes")
        .contains("everySteps: is 5, expected a multiple of detect.stateDigest.every, 2");
    Path good =
        Files.writeString(
            folder.resolve("good.yaml"), text.replace("everySteps: 5", "everySteps: 6"));
    assertThat(Cli.run("validate", good.toString()).exitCode()).isZero();
    assertThat(Cli.run("plan", good.toString()).out()).contains("a verified version every 6 steps");
  }

  @Test
  void who_stands_in_for_late_ranks_is_a_spare_of_pods_of_one_worker() throws IOException {
    String text =
        GOOD.replace("workersPerPod: 1", "workersPerPod: 2")
            .replace("spares: 1", "spares: 0")
            .replace("scrub: false", "slow: {factor: 3}");
    Path file = Files.writeString(folder.resolve("slow.yaml"), text);

    Cli ended = Cli.run("validate", file.toString());

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .contains("needs cluster.workersPerPod: 1, not 2")
        .contains("needs at least one spare to stand in");
  }

  @Test
  void all_problems_come_at_once_in_the_order_of_the_lines() throws IOException {
    String text =
        GOOD.replace("seed: 7", "sede: 7")
            .replace("bit: 30", "bit: 99")
            .replace("pod: 1}", "pod: 5}");
    Path file = Files.writeString(folder.resolve("bad.yaml"), text);

    Cli ended = Cli.run("run", file.toString(), "-o", folder.resolve("runs").toString());

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err().lines().map(line -> line.replace(file + ":", "").replaceAll(":.*", "")))
        .containsExactly("3", "22", "32", "3 problems");
    assertThat(folder.resolve("runs")).doesNotExist();
  }

  @Test
  void a_fault_after_the_last_step_is_legal_with_a_warning() throws IOException {
    Path file =
        Files.writeString(folder.resolve("late.yaml"), GOOD.replace("step: 30", "step: 61"));

    Cli ended = Cli.run("validate", file.toString());

    assertThat(ended.exitCode()).isZero();
    assertThat(ended.err()).contains("the fault flip is at step 61, after the last step 60");
  }

  @Test
  void a_missing_file_an_empty_one_and_a_folder_are_refused() throws IOException {
    Path empty = Files.writeString(folder.resolve("empty.yaml"), "");
    assertThat(Cli.run("validate", folder.resolve("none.yaml").toString()).err())
        .contains("there is no such file");
    assertThat(Cli.run("validate", empty.toString()).err()).contains("the file is empty");
    assertThat(Cli.run("validate", folder.toString()).err()).contains("is a folder");
  }

  @Test
  void bad_usage_ends_with_2() throws IOException {
    Path file = Files.writeString(folder.resolve("good.yaml"), GOOD);
    assertThat(Cli.run().exitCode()).isEqualTo(2);
    assertThat(Cli.run("validte", file.toString()).err()).contains("validate");
    assertThat(Cli.run("validate", file.toString(), "--seed", "-3").exitCode()).isEqualTo(2);
    assertThat(Cli.run("plan", file.toString(), "--seed", "-3").err())
        .contains("expected 0 or more");
  }
}
