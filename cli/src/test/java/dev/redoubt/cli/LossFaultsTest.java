package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.report.ReportWriters;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.report.RunReport;
import dev.redoubt.cli.report.Verdict;
import dev.redoubt.cli.run.ClusterEngine;
import dev.redoubt.cli.scenario.Detector;
import dev.redoubt.cli.scenario.Effect;
import dev.redoubt.cli.scenario.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Machines and messages that are lost, in a real cluster: the same run that ends on the golden bits
 * goes red without what sees the loss.
 */
class LossFaultsTest {

  private static final String BASE =
      """
      apiVersion: redoubt/v1
      name: tiny
      seed: 5
      cluster: {pods: 3, spares: 1}
      model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
      data: {sources: [{name: text, from: text.txt}]}
      train: {steps: 5, microbatches: 8, sequenceLength: 16, batchSize: 1}
      timeouts: {stallMillisMax: 4000%s}
      detect: {%s}
      faults:
        - id: fault
          at: {step: 2}
          inject: %s
      expect: {finalState: golden, falseAlarms: 0, faults: {fault: {detected: true, response: %s}}}
      """;

  private static final String EVERYTHING = "membership: true, deadlines: true";
  private static final String NOTHING = "membership: false, deadlines: false";

  /** Much longer than the steps before the fault take. */
  private static final String LIMIT = ", runSecondsMax: 10";

  private final Path folder;

  LossFaultsTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(
        folder.resolve("text.txt"), "To be, or not to be, that is a question. ".repeat(99));
  }

  private Cli run(String limit, String detect, String fault, String response) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("tiny.yaml"), BASE.formatted(limit, detect, fault, response));
    return Cli.run(
        new ClusterEngine(), "run", file.toString(), "-o", folder.resolve("runs").toString(), "-q");
  }

  private RunReport report() throws IOException {
    return ReportWriters.read(folder.resolve("runs/latest/summary.json"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"crash", "hang", "partition"})
  @Timeout(180)
  void a_machine_that_is_lost_is_replaced(String kind) throws Exception {
    Cli green = run("", EVERYTHING, "{kind: %s, target: {pod: 1}}".formatted(kind), "replaced");
    assertThat(green.exitCode()).as(green.out() + green.err()).isZero();
  }

  /** Messages that are lost are in {@link NetworkFaultsTest} as well, with what sees them on. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{kind: crash, target: {pod: 1}}",
        "{kind: hang, target: {pod: 1}}",
        "{kind: partition, target: {pod: 1}}",
        "{kind: loss, target: {pod: 1}, count: 3}",
        "{kind: cut-frames, target: {pod: 1}, direction: out, seconds: 1}",
        "{kind: cut-control, target: {pod: 1}, direction: out, seconds: 600}"
      })
  @Timeout(180)
  void where_nothing_sees_a_loss_the_run_stands_still_and_goes_red(String fault) throws Exception {
    Cli red = run(LIMIT, NOTHING, fault, "replaced");

    assertThat(red.exitCode()).as(red.out() + red.err()).isEqualTo(1);
    RunReport report = report();
    assertThat(report.verdict()).isEqualTo(Verdict.FAILED);
    assertThat(report.reason()).startsWith("the run was not over after 10 s: 1 of 5 steps were");
    FaultReport blind = report.faults().getFirst();
    assertThat(blind.struck()).as(blind.evidence()).isTrue();
    assertThat(blind.detected()).isFalse();
    assertThat(blind.effect()).isIn(Effect.HANG, Effect.CRASH);
  }

  @Test
  @Timeout(180)
  void a_copy_that_rots_unread_is_found_by_scrubbing_and_without_that_by_nobody() throws Exception {
    String flip =
        "{kind: bit-flip, target: {pod: 1, site: stored-copy, tensor: head, element: 9, bit: 24, age: 1}}";
    Cli green = run("", "scrub: {every: 1}", flip, "repaired");
    assertThat(green.exitCode()).as(green.out() + green.err()).isZero();
    assertThat(report().faults().getFirst().detectedBy()).isEqualTo(Detector.SCRUB);

    Cli red = run("", "scrub: false", flip, "repaired");
    assertThat(red.exitCode()).as(red.out() + red.err()).isEqualTo(1);
    FaultReport blind = report().faults().getFirst();
    assertThat(blind.struck()).as(blind.evidence()).isTrue();
    assertThat(blind.detected()).isFalse();
  }

  /** The second line of defence: it takes longer, and the bits are the same. */
  @Test
  @Timeout(180)
  void without_the_membership_a_crash_is_seen_by_the_deadline() throws Exception {
    Cli ended = run("", "membership: false", "{kind: crash, target: {pod: 1}}", "replaced");

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    FaultReport fault = report().faults().getFirst();
    assertThat(fault.detectedBy()).isEqualTo(Detector.DEADLINE);
    assertThat(fault.response()).isEqualTo(Response.REPLACED);
    assertThat(fault.latencySeconds()).isGreaterThan(4);
  }

  @Test
  @Timeout(180)
  void a_run_that_ends_in_its_time_is_not_disturbed_by_the_limit() throws Exception {
    Cli ended = run(", runSecondsMax: 3600", "", "{kind: crash, target: {pod: 1}}", "replaced");

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  @Timeout(300)
  void a_process_that_uses_up_its_memory_ends_and_is_replaced() throws Exception {
    Path library = Path.of(System.getProperty("redoubt.root", "..")).resolve("scenarios");
    Cli ended =
        Cli.run(
            new ClusterEngine(),
            "run",
            library.resolve("out-of-memory.yaml").toString(),
            "-o",
            folder.resolve("runs").toString(),
            "-q");

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    FaultReport fault = report().faults().getFirst();
    assertThat(fault.evidence())
        .containsPattern("its heap was full: the JVM of process \\d+ ended with exit code 3; see ");
    String log = fault.evidence().substring(fault.evidence().indexOf("see ") + 4);
    assertThat(Files.readString(Path.of(log))).contains("java.lang.OutOfMemoryError");
  }

  @Test
  void where_all_machines_share_a_memory_none_can_use_up_its_own() throws Exception {
    String scenario = BASE.formatted("", "", "{kind: out-of-memory, target: {pod: 1}}", "replaced");
    Path file = Files.writeString(folder.resolve("shared.yaml"), scenario);
    Cli refused = Cli.run(new ClusterEngine(), "validate", file.toString());

    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err())
        .contains("shared.yaml:13:")
        .contains("is out-of-memory, but in mode local all machines share one memory");
  }

  @Test
  void a_run_that_nothing_could_end_is_warned_of() throws Exception {
    String scenario = BASE.formatted("", NOTHING, "{kind: crash, target: {pod: 1}}", "replaced");
    Path file = Files.writeString(folder.resolve("endless.yaml"), scenario);
    Cli valid = Cli.run(new ClusterEngine(), "validate", file.toString());

    assertThat(valid.exitCode()).isZero();
    assertThat(valid.out() + valid.err()).contains("a run that stands still never ends");
  }
}
