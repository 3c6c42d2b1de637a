package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.report.ReportWriters;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.run.ClusterEngine;
import dev.redoubt.cli.scenario.Detector;
import dev.redoubt.cli.scenario.Effect;
import dev.redoubt.cli.scenario.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Faults of data in a real cluster: each strikes, its detector finds it, the run ends on the golden
 * bits; and the same run without that detector goes red.
 */
class DataFaultsTest {

  private static final String BASE =
      """
      apiVersion: redoubt/v1
      name: tiny
      seed: 5
      cluster: {pods: 3, spares: 1}
      model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
      data: {sources: [{name: text, from: text.txt}]}
      train: {steps: 5, microbatches: 3, sequenceLength: 16, batchSize: 1}
      faults:
        - id: fault
          at: {step: 2}
          inject: %s
      expect: {finalState: golden, falseAlarms: 0, faults: {fault: {detectedBy: %s, blamed: {pod: 1}, effect: corrected}}}
      detect: %s
      """;

  private static final String AUDITED = "{screens: false, audits: {fraction: 1}}";
  private static final String COMPARED = "{screens: false}";
  private static final String CHECKED = "{screens: false, abft: all}";
  private static final String BLIND = "{screens: false, stateDigest: false}";

  private final Path folder;

  DataFaultsTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(
        folder.resolve("text.txt"), "To be, or not to be, that is a question. ".repeat(99));
  }

  private Cli run(String scenario) throws IOException {
    Path file = Files.writeString(folder.resolve("tiny.yaml"), scenario);
    return Cli.run(
        new ClusterEngine(), "run", file.toString(), "-o", folder.resolve("runs").toString(), "-q");
  }

  private FaultReport fault() throws IOException {
    List<FaultReport> faults =
        ReportWriters.read(folder.resolve("runs/latest/summary.json")).faults();
    assertThat(faults).hasSize(1);
    return faults.getFirst();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {kind: bit-flip, target: {pod: 1, site: activations, operation: blocks.0.ffn.up, element: 9, bit: 24}}
          {kind: bit-flip, target: {pod: 1, site: tokens, element: 4, bit: 1}}
          {kind: corruption, target: {pod: 1, site: gradient, tensor: head, element: 9}, pattern: {shape: stride, bits: [24], every: 16, count: 4}}
          {kind: corruption, target: {pod: 1, site: activations, operation: blocks.0.ffn.up, element: 0}, pattern: {shape: burst, cells: 64, fraction: 0.5}}
          {kind: defective-core, target: {pod: 1}, lane: 3, bits: [24], lasts: {steps: 1, probability: 0.5}}
          """)
  void what_is_computed_wrong_is_found_by_audits_alone(String fault) throws Exception {
    foundAndWithoutItRed(fault, Detector.AUDIT, AUDITED, COMPARED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {kind: bit-flip, target: {pod: 1, site: reduced-gradient, tensor: head, element: 9, bit: 24}}
          {kind: corruption, target: {pod: 1, site: first-moments, tensor: head, element: 9}, pattern: {shape: bits, bits: [3, 22, 24]}}
          {kind: corruption, target: {pod: 1, site: parameters, tensor: head, element: 16}, pattern: {shape: "null", count: 16}}
          {kind: corruption, target: {pod: 1, site: second-moments, tensor: head, element: 16}, pattern: {shape: stale-read, count: 16}}
          {kind: corruption, target: {pod: 1, site: parameters, tensor: head, element: 16}, pattern: {shape: wrong-offset, by: 3, count: 16}}
          """)
  void what_one_copy_alone_has_wrong_is_found_by_comparing_states(String fault) throws Exception {
    foundAndWithoutItRed(fault, Detector.STATE_DIGEST, COMPARED, BLIND);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {kind: bit-flip, target: {pod: 1, site: product, operation: blocks.0.ffn.up, element: 9, bit: 24}}
          {kind: bit-flip, target: {pod: 1, site: product, operation: "blocks.0.attention.scores.gradient.key", element: 9, bit: 29}}
          {kind: corruption, target: {pod: 1, site: product, operation: blocks.0.ffn.down.gradient.weight, element: 0}, pattern: {shape: burst, cells: 64, fraction: 0.5}}
          {kind: defective-core, target: {pod: 1}, lane: 3, bits: [24], lasts: {steps: 1, probability: 0.5}}
          """)
  void a_product_that_is_wrong_is_found_by_its_checksums_alone(String fault) throws Exception {
    foundAndWithoutItRed(fault, Detector.ABFT, CHECKED, COMPARED);
  }

  /** Two against one: the checker is blamed, and not the worker that it accuses. */
  @Test
  void a_checker_that_lies_is_blamed_itself() throws Exception {
    Cli found =
        run(
            BASE.replace("blamed: {pod: 1}, ", "")
                .formatted(
                    "{kind: bit-flip, target: {site: audit, bit: 63}}",
                    "audit",
                    "{screens: false, audits: {fraction: 1}}"));
    assertThat(found.exitCode()).as(found.out() + found.err()).isZero();
    assertThat(fault().blamed()).isEqualTo("w3");
    assertThat(fault().blamedRight()).isTrue();
    assertThat(fault().response()).isEqualTo(Response.REPAIRED);
  }

  /** What changes in memory after the check, or is no product, is not what checksums see. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {kind: bit-flip, target: {pod: 1, site: activations, operation: blocks.0.ffn.up, element: 9, bit: 24}}
          {kind: bit-flip, target: {pod: 1, site: tokens, element: 4, bit: 1}}
          {kind: bit-flip, target: {pod: 1, site: gradient, tensor: head, element: 9, bit: 24}}
          """)
  void what_is_no_wrong_product_escapes_checksums(String fault) throws Exception {
    Cli escaped = run(BASE.formatted(fault, "abft", CHECKED));
    assertThat(escaped.exitCode()).as(escaped.out() + escaped.err()).isEqualTo(1);
    assertThat(fault().detected()).isFalse();
    assertThat(fault().effect()).isEqualTo(Effect.ESCAPED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {abft: large} | abft: is large, and no product of this model, batchSize and sequenceLength is
          {abft: all, stateDigest: {every: 2}} | abft: needs stateDigest: {every: 1}
          {abft: all, stateDigest: false} | abft: needs stateDigest: {every: 1}
          {abft: some} | abft
          """)
  void checks_that_cannot_be_are_refused(String detect, String why) throws Exception {
    String flip =
        "{kind: bit-flip, target: {pod: 1, site: parameters, tensor: head, element: 9, bit: 24}}";
    Cli refused = run(BASE.formatted(flip, "abft", detect));
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("tiny.yaml:13:").contains(why);
  }

  private void foundAndWithoutItRed(String fault, Detector by, String with, String without)
      throws Exception {
    Cli found = run(BASE.formatted(fault, by.word(), with));
    assertThat(found.exitCode()).as(found.out() + found.err()).isZero();
    assertThat(fault().struck()).isTrue();
    assertThat(fault().detectedAtStep()).isEqualTo(2);

    Cli escaped = run(BASE.formatted(fault, by.word(), without));
    assertThat(escaped.exitCode()).as(escaped.out() + escaped.err()).isEqualTo(1);
    assertThat(fault().detected()).isFalse();
    assertThat(fault().effect()).isEqualTo(Effect.ESCAPED);
  }

  /** A wrong digest harms nobody; whoever says it is blamed all the same. */
  @Test
  void a_digest_that_is_wrong_is_found_and_its_worker_blamed() throws Exception {
    String flip = "{kind: bit-flip, target: {pod: 1, site: digest, bit: 40}}";
    Cli found = run(BASE.formatted(flip, "state-digest", COMPARED));
    assertThat(found.exitCode()).as(found.out() + found.err()).isZero();
  }

  /** Its second strike comes when the step is done again, and costs the machine its rank. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"audit | " + AUDITED, "abft | " + CHECKED})
  void a_core_that_stays_defective_loses_its_machine_the_rank(String by, String detect)
      throws Exception {
    String core =
        "{kind: defective-core, target: {pod: 1}, lane: 3, bits: [24], operand: {mask: 1, pattern: 1}}";
    Cli found =
        run(
            BASE.formatted(core, by, detect)
                .replace("effect: corrected}", "effect: corrected, response: evicted}"));
    assertThat(found.exitCode()).as(found.out() + found.err()).isZero();
    assertThat(found.out()).contains("evicted");
  }

  @Test
  void software_that_is_wrong_everywhere_is_seen_by_nobody() throws Exception {
    String bug =
        "{kind: software-bug, target: {pod: 1, site: gradient, tensor: head, element: 9, microbatch: 1},"
            + " pattern: {shape: bits, bits: [24]}}";
    Cli ended = run(BASE.formatted(bug, "audit", AUDITED));
    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(1);
    assertThat(fault().struck()).isTrue();
    assertThat(fault().detected()).isFalse();
    assertThat(fault().effect()).isEqualTo(Effect.ESCAPED);
    assertThat(ended.out()).contains("the final bits are not golden");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {kind: bit-flip, target: {pod: 1, site: activations, operation: blocks.0.ffn.upp, element: 9, bit: 24}} | operation: is "blocks.0.ffn.upp", which the model does not have; did you mean "blocks.0.ffn.up
          {kind: bit-flip, target: {pod: 1, site: product, operation: blocks.0.ffn.norm, element: 9, bit: 24}} | operation: is "blocks.0.ffn.norm", which
          {kind: bit-flip, target: {pod: 1, site: activations, tensor: head, element: 9, bit: 24}} | has no operation, expected one for the site activations
          {kind: bit-flip, target: {pod: 1, site: tokens, element: 16, bit: 1}} | element: is 16, expected 0 to 15: a microbatch has 16 tokens
          {kind: bit-flip, target: {pod: 1, site: parameters, tensor: head, element: 9, bit: 40}} | bit: is 40, expected an integer from 0 to 31
          {kind: corruption, target: {pod: 1, site: parameters, tensor: head, element: 4090}, pattern: {shape: "null", count: 7}} | pattern: reaches to element 4096, expected at most 4095
          {kind: corruption, target: {pod: 1, site: gradient, tensor: head, element: 0}, pattern: {shape: stale-read, count: 7}} | shape: is stale-read, expected another one
          {kind: corruption, target: {pod: 1, site: digest}, pattern: {shape: "null", count: 7}} | site: is digest, which is struck by a bit-flip only
          {kind: software-bug, target: {pod: 1, site: gradient, tensor: head, element: 0}, pattern: {shape: "null", count: 7}} | has no microbatch, expected one
          {kind: defective-core, target: {pod: 1}, lane: 16, bits: [1]} | lane: is 16
          {kind: defective-core, target: {pod: 1}, lane: 1, bits: [1], operand: {mask: 1, pattern: 2}} | pattern: is 0x2, which has bits outside of the mask 0x1
          {kind: defective-core, target: {pod: 1, site: gradient}, lane: 1, bits: [1]} | site: is for bit-flip, corruption, software-bug only
          {kind: crash, target: {pod: 1}, lane: 1} | lane: is for defective-core only, but the kind is crash
          """)
  void what_cannot_be_is_refused_with_its_place(String fault, String why) throws Exception {
    Cli refused = run(BASE.formatted(fault, "audit", AUDITED));
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("tiny.yaml:11:").contains(why);
  }
}
