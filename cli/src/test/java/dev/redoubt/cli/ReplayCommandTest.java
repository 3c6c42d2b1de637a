package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.run.ClusterEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real runs in this JVM, replayed. */
class ReplayCommandTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String BASE =
      """
      apiVersion: redoubt/v1
      name: tiny
      seed: 5
      cluster: {pods: 3}
      model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
      data: {sources: [{name: text, from: text.txt}]}
      train: {steps: 4, microbatches: 3, sequenceLength: 16, batchSize: 1}
      """;

  private final Path folder;

  ReplayCommandTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(text(), "To be, or not to be, that is a question. ".repeat(99));
  }

  private Path text() {
    return folder.resolve("text.txt");
  }

  private Path run(String more) throws IOException {
    Path file = Files.writeString(folder.resolve("tiny.yaml"), BASE + more);
    Path runs = folder.resolve("runs");
    Cli ended = Cli.run(new ClusterEngine(), "run", file.toString(), "-o", runs.toString(), "-q");
    assertThat(ended.err()).doesNotContain("defect");
    return runs.resolve("latest").toRealPath();
  }

  private static String flip(String at, String site) {
    return """
    faults:
      - id: flip
        at: %s
        inject: {kind: bit-flip, target: {pod: 1, site: %s, tensor: blocks.0.ffn.up, element: 37, bit: 22}}
    """
        .formatted(at, site);
  }

  private static Cli replay(Path run, String... more) {
    List<String> args = new ArrayList<>(List.of("replay", run.toString()));
    args.addAll(List.of(more));
    return Cli.run(args.toArray(String[]::new));
  }

  private static void tamper(Path run, UnaryOperator<String> change) throws IOException {
    Path journal = run.resolve("journal.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(journal));
    lines.replaceAll(change);
    Files.write(journal, lines);
  }

  /** Another last digit in the digest that was agreed on at a step. */
  private static String otherDigest(int step, String line) {
    boolean hit = line.contains("\"step-committed\"") && line.contains("\"step\":" + step + ",");
    return hit ? line.replaceAll("(\"digests\":\\[\"[0-9a-f]{15})[0-9a-f]", "$1x") : line;
  }

  @Test
  void aCleanRunIsReproduced() throws Exception {
    Cli result = replay(run(""));

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).contains("every recorded digest is reproduced: 4 committed steps");
  }

  @Test
  void aTamperedJournalDiverges() throws Exception {
    Path run = run("");
    tamper(run, line -> otherDigest(3, line));

    Cli result = replay(run);

    assertThat(result.exitCode()).isEqualTo(5);
    assertThat(result.out()).contains("diverged at step 3").contains("shard 0: recorded ");
  }

  @Test
  void aFlipInParametersIsExplained() throws Exception {
    Path run = run(flip("{step: 3}", "parameters"));

    Cli whole = replay(run);
    Cli step = replay(run, "--step", "3");

    assertThat(whole.exitCode()).as(whole.out() + whole.err()).isZero();
    assertThat(step.exitCode()).as(step.out() + step.err()).isZero();
    assertThat(step.out())
        .contains("changed: parameters of blocks.0.ffn.up: element [1, 5] of 16 x 32, bit 22: ")
        .containsPattern("first operation that differs: operation \\d+, blocks.0.ffn.up ")
        .contains("(product, forward)")
        .containsPattern(
            "pod1/rank0, shard 0: \\w{16} is the step with fault flip, where it struck")
        .contains("every recorded digest of the step is explained");
  }

  /**
   * The digest that the run committed, or that the pod attested, comes out again to the bit: so
   * this is what struck.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {kind: bit-flip, target: {pod: 1, site: activations, operation: blocks.0.ffn.up, element: 40, bit: 22}} | blocks.0.ffn.up .*element \\[1, 8\\].*bits? .*22 | arrived
          {kind: bit-flip, target: {pod: 1, site: product, operation: blocks.0.ffn.up, element: 40, bit: 22}} | blocks.0.ffn.up .*element \\[1, 8\\].*22 | arrived
          {kind: corruption, target: {pod: 1, site: activations, operation: blocks.0.ffn.up, element: 40}, pattern: {shape: "null", count: 4}} | blocks.0.ffn.up .*element \\[1, 8\\] | arrived
          {kind: bit-flip, target: {pod: 1, site: tokens, element: 4, bit: 1}} | embedding | arrived
          {kind: defective-core, target: {pod: 1}, lane: 3, bits: [22]} | blocks.0.attention.\\w+ .*element \\[0, 3\\].*22 | arrived
          {kind: software-bug, target: {pod: 1, site: activations, operation: blocks.0.ffn.up, element: 40, microbatch: 1}, pattern: {shape: bits, bits: [22]}} | blocks.0.ffn.up .*element \\[1, 8\\] | arrived
          {kind: corruption, target: {pod: 1, site: gradient, tensor: head, element: 9}, pattern: {shape: "null", count: 5}} | none: the gradient was changed | arrived
          {kind: corruption, target: {pod: 1, site: reduced-gradient, tensor: head, element: 9}, pattern: {shape: bits, bits: [22, 24]}} | none: the sum was changed | struck
          {kind: corruption, target: {pod: 1, site: parameters, tensor: blocks.0.ffn.up, element: 37}, pattern: {shape: stale-read, count: 4}} | blocks.0.ffn.up | struck
          """)
  void whatStruckOperationsOrByAPatternIsExplained(String inject, String operation, String where)
      throws Exception {
    Path run =
        run("detect: {screens: false}\nfaults: [{id: it, at: {step: 3}, inject: " + inject + "}]");

    Cli step = replay(run, "--step", "3");

    assertThat(step.exitCode()).as(step.out() + step.err()).isZero();
    assertThat(step.out())
        .containsPattern("first operation that differs: .*" + operation)
        .containsPattern(
            where.equals("struck")
                ? "pod1/rank0, shard 0: \\w{16} is the step with fault it, where it struck"
                : "committed, shard 0: \\w{16} is the step with fault it, where its gradients")
        .contains("every recorded digest of the step is explained");
  }

  @Test
  void aFlipInTheUpdateIsExplained() throws Exception {
    Path run = run(flip("{step: 2, phase: update}", "second-moments"));

    Cli step = replay(run, "--step", "2", "--json");

    JsonNode report = JSON.readTree(step.out());
    assertThat(step.exitCode()).as(step.out()).isZero();
    JsonNode fault = report.path("faults").path(0);
    assertThat(fault.path("where").path(0).asText())
        .startsWith("second-moments of blocks.0.ffn.up: element [1, 5] of 16 x 32, bit 22: ");
    assertThat(fault.path("elsewhere")).isEqualTo(report.path("clean"));
    assertThat(report.path("matches"))
        .anyMatch(
            match ->
                match.path("who").asText().equals("pod1/rank0")
                    && match.path("comesFrom").asText().contains("fault flip, where it struck"));
  }

  /** The blind spot: every copy agrees on the wrong bits. */
  @Test
  void aGradientThatNobodySawDivergesAndIsExplained() throws Exception {
    Path run = run(flip("{step: 2}", "gradient"));

    Cli whole = replay(run);
    Cli step = replay(run, "--step", "2");

    assertThat(whole.exitCode()).as(whole.out()).isEqualTo(5);
    assertThat(whole.out()).contains("diverged at step 2");
    assertThat(step.exitCode()).as(step.out()).isZero();
    assertThat(step.out())
        .contains("gradient of blocks.0.ffn.up: element [1, 5] of 16 x 32, bit 22: ")
        .contains("committed, shard 0: ")
        .contains("is the step with fault flip, where its gradients arrived");
    Cli after = replay(run, "--step", "3");
    assertThat(after.exitCode()).isEqualTo(5);
    assertThat(after.out())
        .contains("version 2 was committed with other bits: explain an earlier step first");
  }

  @Test
  void aDigestThatNothingExplainsIsUndecidable() throws Exception {
    Path run = run(flip("{step: 3}", "parameters"));
    tamper(
        run,
        line ->
            line.contains("\"state-digest\"")
                ? line.replaceAll("pod1/rank0=[0-9a-f]{16}", "pod1/rank0=00000000deadbeef")
                : line);

    Cli step = replay(run, "--step", "3");

    assertThat(step.exitCode()).isEqualTo(5);
    assertThat(step.out())
        .contains("00000000deadbeef is from none of these computations: an unknown fault")
        .contains("undecidable: ");
  }

  @Test
  void whatCannotBeReplayedIsSaid() throws Exception {
    Path run = run("");

    assertThat(replay(folder).err()).contains("has no summary.json");
    assertThat(replay(run, "--step", "5").err())
        .contains("--step is 5, expected 1 to 4, the steps of the run");
    assertThat(replay(run, "--microbatch", "1").err()).contains("--microbatch belongs to --step");
    tamper(run, line -> line.replaceAll("\"redoubt\":\"[^\"]*\"", "\"redoubt\":\"0.0.9\""));
    Cli older = replay(run);
    assertThat(older.exitCode()).isZero();
    assertThat(older.err()).contains("warning: the run was made by Redoubt 0.0.9, and this is ");
    Files.writeString(text(), "Another text altogether. ".repeat(99));
    Cli changed = replay(run);
    assertThat(changed.exitCode()).isEqualTo(4);
    assertThat(changed.err()).contains("the data have changed since the run: their digest was ");
  }
}
