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
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Faults of the network in a real cluster: each strikes, is handled as it is documented, and the
 * run ends on the golden bits; and the same run goes red without its detector, where there is one.
 */
class NetworkFaultsTest {

  private static final String BASE =
      """
      apiVersion: redoubt/v1
      name: tiny
      seed: 5
      mode: %s
      cluster: {pods: 3, spares: 1}
      model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
      data: {sources: [{name: text, from: text.txt}]}
      train: {steps: 5, microbatches: 8, sequenceLength: 16, batchSize: 1}
      timeouts: {stallMillisMax: %d}
      detect: %s
      faults:
        - id: fault
          at: {step: 2}
          inject: %s
      expect: {finalState: golden, falseAlarms: 0, faults: {fault: %s}}
      """;

  private static final String ALL = "{screens: false}";
  private static final String UNVERIFIED = "{screens: false, frameDigest: false}";
  private static final String BLIND = "{screens: false, frameDigest: false, stateDigest: false}";

  private static final String MASKED = "{detected: false, response: none, effect: masked}";
  private static final String REDONE =
      "{detected: {withinSteps: 1}, detectedBy: deadline, response: repaired, effect: corrected}";
  private static final String REPLACED =
      "{detected: {withinSteps: 1}, detectedBy: deadline, response: replaced, effect: corrected}";

  private static final long IN_TIME = 20_000;
  private static final long SHORT = 4_000;

  private final Path folder;

  NetworkFaultsTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(
        folder.resolve("text.txt"), "To be, or not to be, that is a question. ".repeat(99));
  }

  private Cli run(long stallMillis, String detect, String fault, String expected)
      throws IOException {
    return run("local", stallMillis, detect, fault, expected);
  }

  private Cli run(String mode, long stallMillis, String detect, String fault, String expected)
      throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("tiny.yaml"),
            BASE.formatted(mode, stallMillis, detect, fault, expected));
    return Cli.run(
        new ClusterEngine(), "run", file.toString(), "-o", folder.resolve("runs").toString(), "-q");
  }

  private FaultReport fault() throws IOException {
    List<FaultReport> faults =
        ReportWriters.read(folder.resolve("runs/latest/summary.json")).faults();
    assertThat(faults).hasSize(1);
    return faults.getFirst();
  }

  private void passes(Cli ended, String evidence) throws IOException {
    assertThat(ended.exitCode()).as(ended.out() + ended.err() + fault()).isZero();
    assertThat(fault().struck()).isTrue();
    assertThat(fault().evidence()).containsPattern(evidence);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "corrupt-frame",
        "lost-frames",
        "late-frames",
        "cut-frames",
        "orders-lost",
        "reports-lost"
      })
  void what_the_library_says_of_it_is_so(String scenario) {
    Path library = Path.of(System.getProperty("redoubt.root", "..")).resolve("scenarios");
    Cli ended =
        Cli.run(
            new ClusterEngine(),
            "run",
            library.resolve(scenario + ".yaml").toString(),
            "-o",
            folder.resolve("runs").toString(),
            "-q");
    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
  }

  private static String corrupt(String receivers) {
    return "{kind: corrupt-frame, target: {pod: 1}, bits: [28], element: 9, receivers: %s}"
        .formatted(receivers);
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "all"})
  void a_frame_that_changes_on_its_way_is_refused_and_the_step_is_done_again(String receivers)
      throws Exception {
    String found = "{detected: {withinSteps: 0}, detectedBy: frame-digest, response: repaired}";

    passes(
        run(IN_TIME, ALL, corrupt(receivers), found),
        "part 1 of \\d+ of the sum over microbatches .* of step 2 \\(\\d+ bytes\\), to w\\d: float"
            + " 9 was sent and digested as [0-9a-f]{8}, and left as [0-9a-f]{8}");
    assertThat(fault().blamed()).isNull();

    Cli escaped = run(IN_TIME, BLIND, corrupt(receivers), found);
    assertThat(escaped.exitCode()).as(escaped.out() + escaped.err()).isEqualTo(1);
    assertThat(fault().struck()).isTrue();
    assertThat(fault().detected()).isFalse();
    assertThat(fault().effect()).isEqualTo(Effect.ESCAPED);
  }

  /** They see that copies differ; whose fault that is they cannot know. */
  @ParameterizedTest
  @ValueSource(strings = {"one", "all"})
  void comparing_states_sees_a_damaged_frame_and_names_the_wrong_machine(String receivers)
      throws Exception {
    Cli ended =
        run(
            IN_TIME,
            UNVERIFIED,
            corrupt(receivers),
            "{detectedBy: state-digest, effect: corrected}");

    passes(ended, "left as");
    assertThat(fault().detectedBy()).isEqualTo(Detector.STATE_DIGEST);
    // One receiver is outvoted by the others; if all of them were given it, the sender is.
    assertThat(fault().blamedRight()).isEqualTo(receivers.equals("all"));
    assertThat(fault().response())
        .isEqualTo(receivers.equals("all") ? Response.REPAIRED : Response.WRONG_BLAME);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {kind: delay, target: {pod: 1}, millis: 300, steps: 2} | left for w\\d [3-9]\\d\\d[.]\\d ms after it was sent
          {kind: duplicate, target: {pod: 1}, count: 7} | was sent to w\\d twice
          {kind: duplicate, target: {pod: 1}, probability: 1, steps: 3} | was sent to w\\d twice
          {kind: reorder, target: {pod: 1}, count: 3} | left for w\\d after part 1 of 1 of the sum
          {kind: reorder, target: {pod: 1}, probability: 0.5, steps: 3} | left for w\\d after part
          {kind: slow-link, target: {pod: 1}, bytesPerSecond: 200000, steps: 2} | left for w\\d \\d+[.]\\d ms after it was sent
          {kind: cut-control, target: {pod: 1}, direction: in, seconds: 3} | RunStep 3 of epoch \\d+ did not reach w\\d
          {kind: cut-control, target: {pod: 1}, direction: out, seconds: 3} | Attested 2 did not reach the controller
          {kind: cut-control, target: {pod: 1}, seconds: 3} | did not reach
          """)
  void what_comes_before_the_deadline_changes_nothing_but_time(String fault, String evidence)
      throws Exception {
    passes(run(IN_TIME, ALL, fault, MASKED), evidence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {kind: loss, target: {pod: 1}, count: 3} | of step 2 \\(\\d+ bytes\\) was not sent to w\\d
          {kind: cut-frames, target: {pod: 1}, direction: out, seconds: 2} | was not sent to w\\d
          {kind: cut-frames, target: {pod: 1}, direction: in, seconds: 2} | from w\\d was not heard
          """)
  void what_does_not_come_before_the_deadline_has_the_step_done_again(String fault, String evidence)
      throws Exception {
    passes(run(SHORT, ALL, fault, REDONE), evidence);
  }

  /**
   * Late is who computes late. What is computed in time and only leaves slowly is waited for, and a
   * spare would have to send it over a wire of its own kind.
   */
  @Test
  void who_has_a_slow_link_is_not_taken_for_a_late_rank() throws Exception {
    String fault = "{kind: slow-link, target: {pod: 1}, bytesPerSecond: 20000}";

    passes(
        run(IN_TIME, "{screens: false, slow: {factor: 3}}", fault, MASKED),
        "left for w\\d \\d{4,}[.]\\d ms after it was sent");
  }

  /** Each try of the step has the same trouble; the run says so, and does not try for ever. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{kind: delay, target: {pod: 1}, millis: 60000}",
        "{kind: slow-link, target: {pod: 1}, bytesPerSecond: 1000}"
      })
  void a_wire_that_is_worse_than_the_deadline_in_every_try_leaves_the_run_undecided(String fault)
      throws Exception {
    String few = BASE.replace("pods: 3, spares: 1", "pods: 2");
    Path file =
        Files.writeString(
            folder.resolve("few.yaml"),
            few.formatted("local", SHORT, ALL, fault, "{detectedBy: deadline}"));
    Cli ended =
        Cli.run(
            new ClusterEngine(), "run", file.toString(), "-o", folder.resolve("runs").toString());
    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(1);
    assertThat(ended.out()).contains("step 2 stalled; waiting for");
  }

  /** Orders that are lost for longer than a step's deadline, but not than that of the next try. */
  @Test
  void orders_that_are_lost_for_a_while_are_obeyed_when_they_are_said_again() throws Exception {
    String fault = "{kind: cut-control, target: {pod: 1}, direction: in, seconds: 5.2}";
    passes(run(SHORT, ALL, fault, REDONE), "RunStep 3 of epoch \\d+ did not reach w\\d");
  }

  @ParameterizedTest
  @ValueSource(strings = {"in", "out", "both"})
  void who_does_not_answer_for_too_long_is_replaced_though_its_heart_beats(String direction)
      throws Exception {
    String fault =
        "{kind: cut-control, target: {pod: 1}, direction: %s, seconds: 600}".formatted(direction);
    passes(run(SHORT, ALL, fault, REPLACED), "did not reach");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {kind: corrupt-frame, target: {pod: 1}} | bits: is missing, expected a list
          {kind: corrupt-frame, target: {pod: 1}, bits: [32]} | bits[0]: is 32, expected an integer from 0 to 31
          {kind: delay, target: {pod: 1}} | millis: is missing
          {kind: delay, target: {pod: 1}, millis: 0} | millis: is 0
          {kind: delay, target: {pod: 1}, millis: 9, count: 1} | count: is for loss, duplicate and reorder only, but the kind is delay
          {kind: delay, target: {controller: true}, millis: 9} | only a worker can be struck
          {kind: loss, target: {pod: 1}, count: 3, probability: 0.5} | count: stands beside probability
          {kind: loss, target: {pod: 1}, count: 3, steps: 5} | steps: goes with probability only
          {kind: loss, target: {pod: 1}, probability: 0} | probability: is 0
          {kind: slow-link, target: {pod: 1}} | bytesPerSecond: is missing
          {kind: cut-frames, target: {pod: 1}} | seconds: is missing
          {kind: cut-control, target: {pod: 1}, seconds: 2, direction: to} | direction: is the text "to", expected one of both, in, out
          {kind: partition, target: {pod: 1}, receivers: all} | receivers: is for corrupt-frame only
          """)
  void what_cannot_be_is_refused_with_its_place(String fault, String why) throws Exception {
    Cli refused = run(IN_TIME, ALL, fault, MASKED);
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("tiny.yaml:14:").contains(why);
  }

  @Test
  void where_there_are_no_frames_none_are_struck() throws Exception {
    String loss = "{kind: loss, target: {pod: 1}}";
    Cli simulated = run("sim", IN_TIME, ALL, loss, MASKED);
    assertThat(simulated.exitCode()).isEqualTo(2);
    assertThat(simulated.err()).contains("kind: is loss, but in mode sim there are no frames");

    Path file = folder.resolve("late.yaml");
    String late = BASE.formatted("local", IN_TIME, ALL, loss, MASKED);
    Files.writeString(file, late.replace("{step: 2}", "{step: 2, phase: update}"));
    Cli tooLate = Cli.run(new ClusterEngine(), "validate", file.toString());
    assertThat(tooLate.exitCode()).isEqualTo(2);
    assertThat(tooLate.err()).contains("by then the frames of the step have left");

    Files.writeString(file, late.replace("pods: 3", "pods: 1").replace("pod: 1", "pod: 0"));
    Cli alone = Cli.run(new ClusterEngine(), "validate", file.toString());
    assertThat(alone.exitCode()).isEqualTo(2);
    assertThat(alone.err()).contains("a single worker has nobody to send frames to");
  }
}
