package dev.redoubt.cli.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.run.TrainerModels;
import dev.redoubt.trainer.program.ProductChecks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ResolvedScenarioTest {
  private static final Path LIBRARY =
      Path.of(System.getProperty("redoubt.root", "..")).resolve("scenarios");

  private final ScenarioLoader loader = new ScenarioLoader(new TrainerModels());

  private final Path folder;

  ResolvedScenarioTest(@TempDir Path folder) {
    this.folder = folder;
  }

  static List<Path> library() throws IOException {
    try (Stream<Path> files = Files.list(LIBRARY)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("library")
  void a_library_scenario_comes_back_equal(Path file) throws Exception {
    assertComesBackEqual(loader.load(file).withSeed(Long.MAX_VALUE));
    assertThat(ScenarioWarnings.of(loader.load(file))).isEmpty();
    assertThat(file.getFileName()).hasToString(loader.load(file).name() + ".yaml");
    assertThat(Files.readString(file))
        .startsWith("# yaml-language-server: $schema=../docs/scenario.schema.json");
  }

  @Test
  void every_key_comes_back_equal_and_a_path_stays_the_same_file() throws Exception {
    Files.writeString(folder.resolve("text.txt"), "some text");
    Path file = Files.writeString(folder.resolve("all.yaml"), everyKey());

    Scenario scenario = loader.load(file);

    assertComesBackEqual(scenario);
    assertThat(scenario.data().sources().getLast().from())
        .isEqualTo(folder.resolve("text.txt").toAbsolutePath().toString());
    assertThat(scenario.detect().stateDigestEvery()).isZero();
    assertThat(scenario.detect().scrubEvery()).isEqualTo(3);
    assertThat(scenario.cluster().tls()).isTrue();
    assertThat(scenario.train().epsilon()).isEqualTo(1e-9);
    assertThat(scenario.description()).isEqualTo("yes: \"quoted\" # and: {odd}\nsecond line");
  }

  @Test
  void checks_of_products_come_back() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("checked.yaml"),
            """
            apiVersion: redoubt/v1
            name: checked
            cluster: {pods: 2}
            train: {steps: 3}
            detect: {abft: all}
            """);

    Scenario scenario = loader.load(file);

    assertThat(scenario.detect().abft()).isEqualTo(ProductChecks.ALL);
    assertComesBackEqual(scenario);
  }

  @Test
  void the_defaults_are_those_of_the_schema() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("least.yaml"),
            "apiVersion: redoubt/v1\nname: least\ncluster: {pods: 2}\ntrain: {steps: 3}\n");

    Scenario scenario = loader.load(file);

    assertThat(scenario.mode()).isEqualTo(Mode.LOCAL);
    assertThat(scenario.cluster().tls()).isFalse();
    assertThat(scenario.redundancy()).isEqualTo(new Scenario.Redundancy(Scheme.REPLICAS, 4));
    assertThat(scenario.detect())
        .isEqualTo(
            new Scenario.Detect(
                1, true, true, 0, 0, 2, 0, 0, ProductChecks.NONE, null, false, true, true, false));
    assertThat(scenario.train().microbatches()).isEqualTo(8);
    assertThat(scenario.data().sources().getFirst().isJdkSources()).isTrue();
    assertThat(ScenarioWarnings.of(scenario))
        .singleElement()
        .asString()
        .contains("asks for nothing");
  }

  private void assertComesBackEqual(Scenario scenario) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("scenario.resolved.yaml"), ResolvedScenarioWriter.write(scenario));
    assertThat(loader.load(file)).isEqualTo(scenario);
  }

  private static String everyKey() {
    return """
    apiVersion: redoubt/v1
    name: "007"
    description: "yes: \\"quoted\\" # and: {odd}\\nsecond line"
    seed: 9223372036854775807
    cluster: {pods: 3, spares: 2, tls: true}
    model: {name: own, layers: 1, width: 8, heads: 4, headSize: 4, ffnWidth: 12, vocabulary: 256, contextLength: 16}
    data: {sources: [{name: code, from: jdk-sources, bytesMax: 1000}, {name: "1e3", from: ./text.txt}]}
    train: {steps: 5, microbatches: 3, sequenceLength: 16, batchSize: 1, learningRate: 1.0e-3,
      warmupSteps: 0, weightDecay: 0, beta1: 0.8, beta2: 0.99, epsilon: 1e-9, clipNorm: 2}
    redundancy: {keepVersions: 5}
    detect: {stateDigest: false, frameDigest: false, screens: false, scrub: {every: 3, bytesPerSecond: 70000}, strikesToEvict: 7}
    faults:
      - id: "1"
        at: {step: 2}
        inject: {kind: bit-flip, target: {pod: 2, site: gradient, tensor: head, element: 2047, bit: 31, microbatch: 2}}
      - id: "true"
        at: {step: 2, phase: compute}
        inject: {kind: bit-flip, target: {pod: 2, site: stored-copy, tensor: head, element: 0, bit: 0, age: 4}}
      - id: late
        at: {step: 3, phase: update}
        inject: {kind: bit-flip, target: {pod: 2, site: second-moments, tensor: head, element: 0, bit: 0}}
      - id: act
        at: {step: 4}
        inject: {kind: bit-flip, target: {pod: 1, site: activations, operation: blocks.0.ffn.up, element: 3, bit: 9}}
      - id: product
        at: {step: 4}
        inject: {kind: bit-flip, target: {pod: 1, site: product, operation: blocks.0.ffn.up, element: 3, bit: 9}}
      - id: token
        at: {step: 4}
        inject: {kind: bit-flip, target: {pod: 0, site: tokens, element: 15, bit: 7, microbatch: 0}}
      - id: digest
        at: {step: 4}
        inject: {kind: bit-flip, target: {pod: 0, site: digest, bit: 63}}
      - id: bits
        at: {step: 1}
        inject: {kind: corruption, target: {pod: 0, site: reduced-gradient, tensor: head, element: 1}, pattern: {shape: bits, bits: [31, 0]}}
      - id: stride
        at: {step: 1}
        inject: {kind: corruption, target: {pod: 0, site: gradient, tensor: head, element: 1}, pattern: {shape: stride, bits: [3], every: 16, count: 4}, lasts: {steps: 3, probability: 0.5}}
      - id: burst
        at: {step: 1, phase: update}
        inject: {kind: corruption, target: {pod: 0, site: parameters, tensor: head, element: 1}, pattern: {shape: burst, cells: 32, fraction: 0.25, seed: 9}}
      - id: stale
        at: {step: 5}
        inject: {kind: corruption, target: {pod: 0, site: first-moments, tensor: head, element: 1}, pattern: {shape: stale-read, count: 8}}
      - id: offset
        at: {step: 5}
        inject: {kind: software-bug, target: {pod: 0, site: activations, operation: blocks.0.ffn.up, element: 1, microbatch: 2}, pattern: {shape: wrong-offset, by: -2, count: 3}}
      - id: "null"
        at: {step: 5}
        inject: {kind: corruption, target: {pod: 0, site: stored-copy, tensor: head, element: 1, age: 2}, pattern: {shape: "null", count: 3}}
      - id: core
        at: {step: 5}
        inject: {kind: defective-core, target: {pod: 2}, lane: 15, bits: [4, 31], unit: all, operand: {mask: 4294967295, pattern: 2147483648}, lasts: {probability: 0.001}}
      - id: wire
        at: {step: 1, phase: reduce}
        inject: {kind: corrupt-frame, target: {pod: 2}, bits: [31, 0], element: 70000, receivers: all, frames: 2}
      - id: delayed
        at: {step: 1}
        inject: {kind: delay, target: {pod: 2}, millis: 3, steps: 4}
      - id: lost
        at: {step: 1}
        inject: {kind: loss, target: {pod: 2}, probability: 0.25, steps: 3}
      - id: twice
        at: {step: 1}
        inject: {kind: duplicate, target: {pod: 2}, count: 3}
      - id: overtaken
        at: {step: 1}
        inject: {kind: reorder, target: {pod: 2}}
      - id: link
        at: {step: 1}
        inject: {kind: slow-link, target: {pod: 2}, bytesPerSecond: 1000000}
      - id: tensors
        at: {step: 1, phase: attest}
        inject: {kind: cut-frames, target: {pod: 2}, direction: out, seconds: 0.7}
      - id: orders
        at: {step: 1, phase: update}
        inject: {kind: cut-control, target: {pod: 2}, seconds: 1.1}
    timeouts: {stallMillisMax: 500, joinMillisMax: 5000}
    expect:
      finalState: any
      faults:
        "true": {detected: false, response: none, effect: masked}
        "1": {detected: true, detectedBy: screen, blamed: {pod: 2}}
      evictions: 1
      lossFallsBy: "> 0.125"
      memoryGrowsBy: "<= 0.05"
    """;
  }
}
