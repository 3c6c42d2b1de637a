package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.redoubt.cli.report.ReportWriters;
import dev.redoubt.cli.report.RunOutcome.Diagnosis;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.run.ClusterEngine;
import dev.redoubt.cli.scenario.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is blamed in a run computes the step again, down to the bit that is wrong. */
@Timeout(180)
class DiagnosisTest {

  private static final String BASE =
      """
      apiVersion: redoubt/v1
      name: tiny
      seed: 5
      mode: %s
      timeouts: {stallMillisMax: 60000}
      cluster: {pods: 3, spares: 2, controllers: 1}
      model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
      data: {sources: [{name: text, from: text.txt}]}
      train: {steps: 5, microbatches: 6, sequenceLength: 16, batchSize: 1}
      faults:
        - id: fault
          at: {step: 2}
          inject: %s
      expect: {finalState: golden, falseAlarms: 0, faults: {fault: {detected: true, blamed: {pod: 1}, effect: corrected}}}
      detect: {screens: false, diagnosis: true, strikesToEvict: 3, %s}
      """;

  private static final String AUDITED = "audits: {fraction: 1}";
  private static final String CHECKED = "abft: all";

  private final Path folder;
  private final ObjectMapper json = new ObjectMapper();

  DiagnosisTest(@TempDir Path folder) throws IOException {
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
    return ReportWriters.read(folder.resolve("runs/latest/summary.json")).faults().getFirst();
  }

  private List<JsonNode> diagnoses() throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("runs/latest/journal.jsonl"))) {
      JsonNode event = json.readTree(line);
      if (event.path("event").asText().equals("diagnosed")) {
        lines.add(event);
      }
    }
    return lines;
  }

  private JsonNode diagnosis() throws IOException {
    List<JsonNode> all = diagnoses();
    assertThat(all).hasSize(1);
    return all.getFirst();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          local | audits: {fraction: 1} | blocks.0.ffn.up | {kind: corruption, lasts: {steps: 9}, target: {pod: 1, site: activations, operation: blocks.0.ffn.up, element: 9}, pattern: {shape: bits, bits: [24]}} | 0 | 9
          local | audits: {fraction: 1} | blocks.0.ffn.down.gradient.weight | {kind: corruption, lasts: {steps: 9}, target: {pod: 1, site: product, operation: blocks.0.ffn.down.gradient.weight, element: 35}, pattern: {shape: bits, bits: [24]}} | 2 | 3
          processes | abft: all | blocks.0.ffn.up | {kind: corruption, lasts: {steps: 9}, target: {pod: 1, site: product, operation: blocks.0.ffn.up, element: 41}, pattern: {shape: bits, bits: [24]}} | 1 | 9
          local | audits: {fraction: 1} | the gradient | {kind: corruption, lasts: {steps: 9}, target: {pod: 1, site: gradient, tensor: head, element: 9}, pattern: {shape: bits, bits: [24]}} |  |
          """)
  void what_is_wrong_again_is_named_down_to_the_bit_and_its_machine_goes_at_once(
      String mode, String detect, String operation, String fault, Integer row, Integer column)
      throws Exception {
    // Between processes a machine with much else to do may take sound ones for lost.
    String scenario = mode.equals("local") ? BASE : BASE.replace("falseAlarms: 0, ", "");
    Cli ended = run(scenario.formatted(mode, fault, detect));

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    assertThat(fault().response()).isEqualTo(Response.EVICTED);
    JsonNode found = diagnosis();
    assertThat(found.path("kind").asText()).isEqualTo("persistent");
    assertThat(found.path("operation").asText()).contains(operation);
    assertThat(found.path("bits").toString()).isEqualTo("[24]");
    if (row != null) {
      assertThat(found.path("row").asInt()).isEqualTo(row);
      assertThat(found.path("column").asInt()).isEqualTo(column);
    }
    assertThat(found.path("rank").asText()).isEqualTo("pod1/rank0");
    Diagnosis told =
        ReportWriters.read(folder.resolve("runs/latest/summary.json")).diagnoses().getFirst();
    assertThat(told.kind()).isEqualTo("persistent");
    assertThat(told.operation()).contains(operation);
    assertThat(told.bits()).containsExactly(24);
    assertThat(Files.readString(folder.resolve("runs/latest/report.html")))
        .contains("computed its part of the step again");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"abft | " + CHECKED, "audit | " + AUDITED})
  void a_defective_core_goes_with_its_first_strike(String by, String detect) throws Exception {
    String core =
        "{kind: defective-core, target: {pod: 1}, lane: 3, bits: [24], operand: {mask: 1, pattern: 1}}";
    Cli ended = run(BASE.formatted("local", core, detect));

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    assertThat(fault().detectedBy()).hasToString(by.toUpperCase(Locale.ROOT));
    assertThat(fault().response()).isEqualTo(Response.EVICTED);
    JsonNode found = diagnosis();
    assertThat(found.path("bits").toString()).isEqualTo("[24]");
    assertThat(found.path("column").asInt() % 16).isEqualTo(3);
  }

  /** It keeps its rank, and the strike. */
  @Test
  void what_is_right_when_it_is_computed_again_was_transient() throws Exception {
    String flip =
        "{kind: bit-flip, target: {pod: 1, site: gradient, tensor: head, element: 9, bit: 24}}";
    Cli ended = run(BASE.formatted("local", flip, AUDITED));

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    assertThat(fault().response()).isEqualTo(Response.REPAIRED);
    assertThat(diagnosis().path("kind").asText()).isEqualTo("transient");
    assertThat(diagnosis().path("cause").asText()).contains("came out right this time");
  }

  /** Nothing is asked that nobody wants to know. */
  @Test
  void without_it_nobody_computes_again() throws Exception {
    String flip =
        "{kind: bit-flip, target: {pod: 1, site: gradient, tensor: head, element: 9, bit: 24}}";
    Cli ended =
        run(BASE.formatted("local", flip, AUDITED).replace("diagnosis: true", "diagnosis: false"));

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    assertThat(diagnoses()).isEmpty();
  }

  @Test
  void pods_of_several_ranks_are_refused() throws Exception {
    String flip =
        "{kind: bit-flip, target: {pod: 1, site: parameters, tensor: head, element: 9, bit: 24}}";
    Cli refused =
        run(
            BASE.formatted("local", flip, "strikesToEvict: 3")
                .replace("strikesToEvict: 3, strikesToEvict: 3", "strikesToEvict: 3")
                .replace("pods: 3,", "pods: 3, workersPerPod: 2,"));

    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("diagnosis: needs cluster.workersPerPod: 1, not 2");
  }
}
