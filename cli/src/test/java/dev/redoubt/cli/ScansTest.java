package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.report.ReportWriters;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.report.RunOutcome.Scans;
import dev.redoubt.cli.report.RunReport;
import dev.redoubt.cli.run.ClusterEngine;
import dev.redoubt.cli.scenario.Effect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Machines that scan themselves in a real cluster: a spare with a defective core never gets a rank,
 * and without scans it does, and the run goes red. A pause gives scans their time.
 */
class ScansTest {

  private static final String BASE =
      """
      apiVersion: redoubt/v1
      name: tiny
      seed: 5
      cluster: {pods: 3, spares: 2}
      model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
      data: {sources: [{name: text, from: text.txt}]}
      train: {steps: 8, microbatches: 3, sequenceLength: 16, batchSize: 1}
      timeouts: {stallMillisMax: 60000, joinMillisMax: 240000}
      detect: {screens: false, scan: %s}
      expect: {finalState: golden, falseAlarms: 0, faults: %s}
      faults: %s
      """;

  private static final String PAUSE =
      "{id: pause, at: {step: 3}, inject: {kind: pause, target: {pod: 0}, seconds: 3}}";
  private static final String SICK =
      "{id: sick, at: {step: 2}, inject: {kind: defective-core, target: {spare: 0}, lane: 3, bits: [24]}}";
  private static final String CRASH =
      "{id: crash, at: {step: 7}, inject: {kind: crash, target: {pod: 1}}}";

  private final Path folder;

  ScansTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(
        folder.resolve("text.txt"), "To be, or not to be, that is a question. ".repeat(99));
  }

  private Cli run(String scenario) throws IOException {
    Path file = Files.writeString(folder.resolve("tiny.yaml"), scenario);
    return Cli.run(
        new ClusterEngine(), "run", file.toString(), "-o", folder.resolve("runs").toString(), "-q");
  }

  private RunReport report() throws IOException {
    return ReportWriters.read(folder.resolve("runs/latest/summary.json"));
  }

  private FaultReport fault(String id) throws IOException {
    return report().faults().stream()
        .filter(fault -> fault.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  private String journal() throws IOException {
    return Files.readString(folder.resolve("runs/latest/journal.jsonl"));
  }

  @Test
  void a_sick_spare_is_off_the_run_before_a_rank_is_free_and_without_scans_it_gets_it()
      throws Exception {
    String faults = "[" + PAUSE + ", " + SICK + ", " + CRASH + "]";
    String wanted =
        "{sick: {detectedBy: scan, response: evicted, effect: corrected}, crash: {response: replaced}}";
    Cli found = run(BASE.formatted("true", wanted, faults));
    assertThat(found.exitCode()).as(found.out() + found.err()).isZero();
    assertThat(fault("sick").blamed()).isEqualTo("w3");
    assertThat(fault("sick").blamedRight()).isTrue();
    assertThat(fault("sick").evidence()).startsWith("known-answer test of products-");
    Scans scans = Objects.requireNonNull(report().scan());
    assertThat(scans.wrong()).isOne();
    assertThat(scans.rounds()).isGreaterThanOrEqualTo(5);
    assertThat(journal()).contains("\"event\":\"scanned\"").contains("lanes [3]");

    Cli red = run(BASE.formatted("false", wanted, faults));
    assertThat(red.exitCode()).as(red.out() + red.err()).isEqualTo(1);
    assertThat(fault("sick").struck()).isTrue();
    assertThat(fault("sick").detected()).isFalse();
    assertThat(fault("sick").effect()).isEqualTo(Effect.ESCAPED);
    assertThat(report().scan()).isNull();
  }

  @Test
  void where_nothing_is_broken_every_answer_is_right() throws Exception {
    Cli clean = run(BASE.formatted("true", "{}", "[" + PAUSE + "]"));
    assertThat(clean.exitCode()).as(clean.out() + clean.err()).isZero();
    Scans scans = Objects.requireNonNull(report().scan());
    assertThat(scans.wrong()).isZero();
    assertThat(scans.rounds()).isGreaterThan(5);
    assertThat(scans.tests()).isGreaterThan(5L * 152);
    assertThat(Files.readString(folder.resolve("runs/latest/summary.md"))).contains("Scans: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {kind: defective-core, target: {spare: 2}, lane: 3, bits: [24]} | spare: is 2, expected 0 to 1: cluster.spares is 2
          {kind: defective-core, target: {spare: 0, pod: 1}, lane: 3, bits: [24]} | pod: is for machines with a rank, but spare is given
          {kind: defective-core, target: {spare: 0, rank: 0}, lane: 3, bits: [24]} | rank: is for machines with a rank, but spare is given
          {kind: defective-core, target: {spare: 0}, lane: 3, bits: [24], lasts: {steps: 3}} | steps: is not for spares, which come to no step
          {kind: defective-core, target: {spare: -1}, lane: 3, bits: [24]} | spare: is -1
          {kind: defective-core, target: {controller: true}, lane: 3, bits: [24]} | controller: is true, but only a worker can be struck by this
          {kind: defective-core, target: {}, lane: 3, bits: [24]} | target: names nobody, expected {pod: P, rank: R}
          {kind: crash, target: {spare: 0}} | spare: is for defective-core only, but the kind is crash; give a pod
          {kind: bit-flip, target: {spare: 0, site: digest, bit: 3}} | spare: is for defective-core only, but the kind is bit-flip
          """)
  void a_spare_that_cannot_be_struck_is_refused_with_its_place(String inject, String why)
      throws Exception {
    Cli refused =
        run(BASE.formatted("true", "{}", "[{id: sick, at: {step: 2}, inject: " + inject + "}]"));
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("tiny.yaml:11:").contains(why);
  }
}
