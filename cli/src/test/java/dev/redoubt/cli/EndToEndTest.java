package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.redoubt.cli.report.ReportWriters;
import dev.redoubt.cli.report.RunOutcome.ExposedCommunication;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.report.RunOutcome.Speculation;
import dev.redoubt.cli.report.RunReport;
import dev.redoubt.cli.report.Verdict;
import dev.redoubt.cli.run.ClusterEngine;
import dev.redoubt.cli.scenario.Detector;
import dev.redoubt.cli.scenario.Effect;
import dev.redoubt.cli.scenario.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole commands on a real cluster in this JVM, with a model so small that a run takes seconds. */
class EndToEndTest {

  private static final String BASE =
      """
      apiVersion: redoubt/v1
      name: tiny
      seed: 5
      cluster: {pods: 3}
      model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
      data: {sources: [{name: text, from: text.txt}]}
      train: {steps: 5, microbatches: 3, sequenceLength: 16, batchSize: 1}
      """;

  private static final String FLIP =
      """
      faults:
        - id: flip
          at: {step: 3}
          inject: {kind: bit-flip, target: {pod: 1, site: parameters, tensor: head, element: 9, bit: 22}}
      """;

  private static final String SILENT =
      """
      faults:
        - id: silent
          at: {step: 2}
          inject: {kind: bit-flip, target: {pod: 0, site: gradient, tensor: head, element: 9, bit: 20}}
      """;

  private final Path folder;
  private final ObjectMapper json = new ObjectMapper();

  EndToEndTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    Files.writeString(
        folder.resolve("text.txt"), "To be, or not to be, that is a question. ".repeat(99));
  }

  private Cli run(String scenario, String... more) throws IOException {
    return run(new ClusterEngine(), scenario, more);
  }

  private Cli run(RunEngine engine, String scenario, String... more) throws IOException {
    return runFile(engine, Files.writeString(folder.resolve("tiny.yaml"), scenario), more);
  }

  private Cli runFile(RunEngine engine, Path file, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of("run", file.toString(), "-o", folder.resolve("runs").toString(), "-q"));
    args.addAll(List.of(more));
    return Cli.run(engine, args.toArray(String[]::new));
  }

  private Path latest() {
    return folder.resolve("runs/latest");
  }

  private RunReport report() throws IOException {
    return ReportWriters.read(latest().resolve("summary.json"));
  }

  private FaultReport fault() throws IOException {
    return report().faults().getFirst();
  }

  private List<JsonNode> journal() throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(latest().resolve("journal.jsonl"))) {
      lines.add(json.readTree(line));
    }
    return lines;
  }

  /** As in the library, but short. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  @Timeout(180)
  void a_storm_ends_on_the_golden_bits(long seed) throws Exception {
    Cli ended = run(storm(60, "every: 3", 2), "--json", "--seed", Long.toString(seed));

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    JsonNode summary = json.readTree(ended.out());
    assertThat(summary.path("finalDigest")).isEqualTo(summary.path("goldenDigest"));
    List<JsonNode> struck = new ArrayList<>();
    summary
        .path("faults")
        .forEach(
            fault -> {
              if (fault.path("struck").asBoolean()) {
                struck.add(fault);
              }
            });
    assertThat(struck).hasSizeGreaterThan(3);
  }

  @Test
  @Timeout(180)
  void a_storm_that_kills_more_than_there_are_copies_ends_as_lost() throws Exception {
    Cli ended = run(storm(60, "every: 2, kinds: [crash], keepPods: 0", -1));

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(1);
    assertThat(ended.out()).contains("golden, got lost");
  }

  private static String storm(int steps, String storm, int returns) {
    return BASE.replace(
                "cluster: {pods: 3}",
                "cluster: {pods: 3, spares: 2, controllers: 3"
                    + (returns < 0 ? "}" : ", returns: {afterSteps: " + returns + "}}"))
            .replace("steps: 5", "steps: " + steps)
        + "timeouts: {stallMillisMax: 1000}\nstorm: {"
        + storm
        + "}\n";
  }

  @Test
  void a_run_without_faults_passes_and_leaves_every_file_readable() throws Exception {
    Cli ended = run(BASE + "expect: {finalState: golden, falseAlarms: 0, evictions: 0}");

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    try (var files = Files.list(latest().toRealPath())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "journal.jsonl",
              "junit.xml",
              "redoubt.log",
              "report.html",
              "scenario.resolved.yaml",
              "summary.json",
              "summary.md");
    }
    RunReport report = report();
    assertThat(report.verdict()).isEqualTo(Verdict.PASSED);
    assertThat(report.finalDigest()).isEqualTo(report.goldenDigest());
    assertThat(report.finalDigests()).containsOnlyKeys("pod0", "pod1", "pod2");
    assertThat(report.samples().used()).isEqualTo(15);
    assertThat(report.recoveries()).isEmpty();
    assertThat(
            DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(latest().resolve("junit.xml").toFile())
                .getElementsByTagName("testcase")
                .getLength())
        .isEqualTo(1 + report.expectations().size()); // The verdict is one too.
  }

  @Test
  void each_line_of_the_journal_says_when_where_and_what() throws Exception {
    assertThat(run(BASE + "expect: {finalState: golden}").exitCode()).isZero();

    Set<String> events = new TreeSet<>();
    for (JsonNode line : journal()) {
      assertThat(line.fieldNames()).toIterable().contains("time", "step", "epoch", "node", "event");
      events.add(line.get("event").asText());
    }
    assertThat(events)
        .contains("run-started", "golden-run-ended", "members", "epoch-opened")
        .contains("step-started", "step-committed", "concluded", "run-ended");
    assertThat(
            journal().stream().filter(line -> line.get("event").asText().equals("step-committed")))
        .hasSize(5);
  }

  @Test
  void what_the_cluster_says_is_in_the_log_and_not_on_the_error_stream() throws Exception {
    PrintStream before = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    Cli ended;
    try {
      ended =
          run(
              BASE
                  + "faults: [{id: crash, at: {step: 2}, inject: {kind: crash, target: {pod: 1}}}]");
    } finally {
      System.setErr(before);
    }

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    assertThat(fault().response()).isEqualTo(Response.DISSOLVED);
    assertThat(fault().detected()).isTrue();
    assertThat(report().falseAlarms()).isZero();
    assertThat(ended.err()).doesNotContain("akka");
    assertThat(said.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(latest().resolve("redoubt.log")).content().contains("akka.cluster");
    long size = Files.size(latest().resolve("redoubt.log"));
    org.slf4j.LoggerFactory.getLogger("akka.later").error("after the end");
    assertThat(Files.size(latest().resolve("redoubt.log"))).isEqualTo(size);
  }

  @Test
  void a_flip_is_found_and_repaired_and_without_its_detector_the_run_goes_red() throws Exception {
    String expect =
        "expect: {faults: {flip: {blamed: {pod: 1}, response: repaired}}, falseAlarms: 0}\n";
    Cli found = run(BASE + FLIP + expect);
    assertThat(found.exitCode()).as(found.out()).isZero();
    assertThat(fault().effect()).isEqualTo(Effect.CORRECTED);
    assertThat(fault().detectedAtStep()).isEqualTo(3);

    Cli blind = run(BASE + FLIP + "detect: {stateDigest: false}\n");
    assertThat(blind.exitCode()).isEqualTo(1);
    assertThat(blind.out()).contains("the final bits are not golden");
    assertThat(fault().effect()).isEqualTo(Effect.ESCAPED);
  }

  @Test
  void pods_of_two_ranks_end_on_the_golden_bits_and_the_flip_of_rank_one_is_laid_at_its_door()
      throws Exception {
    String scenario =
        BASE.replace("pods: 3", "pods: 2, workersPerPod: 2")
            + FLIP.replace("pod: 1, site", "pod: 1, rank: 1, site")
            + "expect: {faults: {flip: {blamed: {pod: 1, rank: 1}, response: repaired}},"
            + " falseAlarms: 0}\n";
    Cli overlapping = run(scenario);
    assertThat(overlapping.exitCode()).as(overlapping.out() + overlapping.err()).isZero();
    RunReport report = report();
    assertThat(report.finalDigests()).containsOnlyKeys("pod0", "pod1");
    assertThat(report.finalDigest()).isEqualTo(report.goldenDigest());
    assertThat(fault().blamedRight()).isTrue();
    ExposedCommunication exposed = Objects.requireNonNull(report.exposedCommunication());
    assertThat(exposed.median()).isBetween(0.0, 1.0);
    assertThat(exposed.bytesPerStep()).isPositive();
    assertThat(overlapping.out()).contains("exposed communication");
    assertThat(event("step-measured").get("worstWorker").asText()).startsWith("pod");

    Cli waiting = run(scenario.replace("batchSize: 1", "batchSize: 1, overlap: false"));
    assertThat(waiting.exitCode()).as(waiting.out() + waiting.err()).isZero();
    assertThat(report().finalDigest()).isEqualTo(report.finalDigest());
    assertThat(Objects.requireNonNull(report().exposedCommunication()).bytesPerStep())
        .as("the same bytes, at other times")
        .isEqualTo(exposed.bytesPerStep());
  }

  @Test
  void a_fault_after_the_end_makes_the_run_inconclusive() throws Exception {
    Cli ended = run(BASE + FLIP.replace("step: 3", "step: 6"));

    assertThat(ended.exitCode()).isEqualTo(3);
    assertThat(ended.out()).contains("the fault flip did not strike: the run ended before step 6");
  }

  @Test
  void the_blind_spot_escapes_and_who_expects_golden_bits_sees_red() throws Exception {
    Cli escaped = run(BASE + SILENT + "expect: {finalState: escaped, falseAlarms: 0}");
    assertThat(escaped.exitCode()).as(escaped.out()).isZero();
    assertThat(fault().detected()).isFalse();
    assertThat(fault().effect()).isEqualTo(Effect.ESCAPED);
    assertThat(journal().stream().map(line -> line.get("event").asText())).contains("diverged");

    Cli golden = run(BASE + SILENT + "expect: {finalState: golden}");
    assertThat(golden.exitCode()).isEqualTo(1);
    assertThat(golden.out()).contains("the final bits are not golden");
  }

  @Test
  void audits_find_what_the_copies_cannot_show_and_without_them_the_same_run_goes_red()
      throws Exception {
    String audited =
        BASE.replace("pods: 3", "pods: 3, spares: 1")
            + SILENT
            + "expect: {finalState: golden, falseAlarms: 0,"
            + " faults: {silent: {detectedBy: audit, blamed: {pod: 0}, effect: corrected}}}\n";
    Cli found = run(audited + "detect: {audits: {fraction: 1}}\n");
    assertThat(found.exitCode()).as(found.out()).isZero();
    assertThat(fault().detectedAtStep()).isEqualTo(2);
    assertThat(journal().stream().map(line -> line.get("event").asText()))
        .contains("recomputed", "audited");

    Cli escaped = run(audited);
    assertThat(escaped.exitCode()).isEqualTo(1);
    assertThat(fault().detected()).isFalse();
    assertThat(fault().effect()).isEqualTo(Effect.ESCAPED);
  }

  /** The only spare needs a second opinion, which is asked for when the training has gone on. */
  @Test
  void audits_that_lag_find_it_late_and_all_go_back() throws Exception {
    String late =
        BASE.replace("pods: 3", "pods: 3, spares: 1")
            + SILENT
            + """
              redundancy: {keepVersions: 5}
              detect: {audits: {fraction: 1, lagSteps: 3}}
              expect:
                finalState: golden
                falseAlarms: 0
                faults:
                  silent: {detected: {withinSteps: 3}, detectedBy: audit, blamed: {pod: 0}, response: rewound}
              """;
    Cli found = run(late);
    assertThat(found.exitCode()).as(found.out()).isZero();
    assertThat(journal().stream().map(line -> line.get("event").asText())).contains("rolled-back");
  }

  private static final String CRAWLS =
      """
      cluster: {pods: 2, spares: 1}
      train: {steps: 12, microbatches: 8, sequenceLength: 64, batchSize: 4}
      faults:
        - id: slow
          at: {step: 6}
          inject: {kind: slow, target: {pod: 1}, factor: 200, steps: 2}
      expect:
        finalState: golden
        falseAlarms: 0
        evictions: 0
        faults: {slow: {detectedBy: slow, response: speculated, effect: masked}}
      """;

  @Test
  void a_spare_does_the_work_of_a_late_rank_and_without_that_the_same_run_goes_red()
      throws Exception {
    String crawls =
        BASE.lines()
                .filter(line -> !line.startsWith("cluster:") && !line.startsWith("train:"))
                .collect(Collectors.joining("\n", "", "\n"))
            + CRAWLS;
    Cli relieved = run(crawls + "detect: {slow: {factor: 4, millisMin: 300, evictAfter: 10}}\n");
    assertThat(relieved.exitCode()).as(relieved.out()).isZero();
    assertThat(fault().detectedAtStep()).isEqualTo(6);
    Speculation late = Objects.requireNonNull(report().speculation());
    assertThat(late.relieved() + late.same()).isPositive();
    assertThat(late.different()).isZero();
    assertThat(late.commitSeconds()).isPositive();
    assertThat(journal().stream().map(line -> line.get("event").asText()))
        .contains("stood-in", "done-twice");

    Cli waited = run(crawls);
    assertThat(waited.exitCode()).isEqualTo(1);
    assertThat(fault().detected()).isFalse();
    assertThat(report().bitIdentical()).isTrue();
    assertThat(report().speculation()).isNull();
  }

  @Test
  void who_hangs_lets_its_limits_pass_and_is_replaced_long_before_the_deadline() throws Exception {
    Cli ended =
        run(
            BASE.replace("pods: 3", "pods: 2, spares: 1")
                    .replace("steps: 5, microbatches: 3", "steps: 12, microbatches: 4")
                + "timeouts: {stallMillisMax: 60000}\n"
                + "detect: {slow: {factor: 4, millisMin: 300}}\n"
                + "faults: [{id: hang, at: {step: 6}, inject: {kind: hang, target: {pod: 1}}}]\n"
                + "expect: {finalState: golden, falseAlarms: 0,"
                + " faults: {hang: {detectedBy: slow, response: replaced, effect: hang}}}\n");
    assertThat(ended.exitCode()).as(ended.out()).isZero();
    assertThat(report().ledgerSeconds().total()).isLessThan(60);
  }

  @Test
  void the_crash_of_the_only_pod_is_the_loss_of_everything() throws Exception {
    Cli ended =
        run(
            BASE.replace("pods: 3", "pods: 1")
                + "faults: [{id: crash, at: {step: 3}, inject: {kind: crash, target: {pod: 0}}}]");

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(1);
    assertThat(report().verdict()).isEqualTo(Verdict.LOST);
    assertThat(report().bitIdentical()).isFalse();
    assertThat(report().finalDigest()).isNull();
    assertThat(fault().effect()).isEqualTo(Effect.LOST);
  }

  @Test
  void a_port_that_is_taken_is_named_and_what_to_do_about_it() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      Cli ended = run(BASE.replace("pods: 3", "pods: 3, port: " + port));

      assertThat(ended.exitCode()).isEqualTo(4);
      assertThat(ended.err().lines()).singleElement().asString().contains("port " + port);
      assertThat(ended.err()).contains("cluster.port");
    }
  }

  @Test
  void text_that_cannot_be_had_is_named_with_the_option() throws Exception {
    for (String bad : List.of("missing.txt", "empty.txt", "empty")) {
      Files.createDirectories(folder.resolve("empty"));
      Files.writeString(folder.resolve("empty.txt"), "");
      Cli ended = run(BASE.replace("text.txt", bad));

      assertThat(ended.exitCode()).as(bad).isEqualTo(4);
      assertThat(ended.err().lines()).as(bad).hasSize(1);
      assertThat(ended.err()).contains("data.sources[].from");
    }
  }

  @Test
  void a_model_that_does_not_fit_is_refused_before_anything_is_allocated() throws Exception {
    Cli ended =
        run(
            BASE.replace("layers: 1, width: 16", "layers: 128, width: 16384")
                .replace("ffnWidth: 32", "ffnWidth: 65536"));

    assertThat(ended.exitCode()).isEqualTo(4);
    assertThat(ended.err().lines()).singleElement().asString().contains("GiB are available");
  }

  /** Interrupts the command's thread when the engine tells of an event. */
  private static RunEngine stoppedAt(String kind) {
    Thread running = Thread.currentThread();
    return Watched.events(
        event -> {
          if (event.kind().equals(kind)) {
            running.interrupt();
          }
        });
  }

  @Test
  void stopped_in_the_golden_run_it_leaves_a_whole_directory() throws Exception {
    Cli ended = run(stoppedAt("golden-run-started"), BASE + FLIP);

    assertThat(ended.exitCode()).isEqualTo(130);
    assertThat(report().verdict()).isEqualTo(Verdict.INTERRUPTED);
    assertThat(report().goldenDigest()).isNull();
    assertThat(report().stepsDone()).isZero();
    assertThat(latest().resolve("summary.md")).content().contains("interrupted");
    assertThat(latest().resolve("junit.xml")).isNotEmptyFile();
    assertThat(journal().getLast().get("verdict").asText()).isEqualTo("interrupted");
  }

  @Test
  void stopped_in_the_training_it_leaves_a_whole_directory() throws Exception {
    Cli ended = run(stoppedAt("step-committed"), BASE.replace("steps: 5", "steps: 500") + FLIP);

    assertThat(ended.exitCode()).isEqualTo(130);
    RunReport report = report();
    assertThat(report.verdict()).isEqualTo(Verdict.INTERRUPTED);
    assertThat(report.goldenDigest()).isNotNull();
    assertThat(report.stepsDone()).isBetween(1, 499);
    assertThat(report.samples().duplicated()).isZero();
    assertThat(report.ledgerSeconds().startup()).isPositive();
    assertThat(latest().resolve("junit.xml")).isNotEmptyFile();
    assertThat(journal().getLast().get("event").asText()).isEqualTo("run-ended");
  }

  @Test
  void the_resolved_scenario_gives_the_same_run_and_another_seed_another() throws Exception {
    Cli first = run(BASE + FLIP);
    RunReport original = report();
    assertThat(first.exitCode()).as(first.out()).isZero();

    Path resolved =
        Files.copy(latest().resolve("scenario.resolved.yaml"), folder.resolve("again.yaml"));
    assertThat(runFile(new ClusterEngine(), resolved).exitCode()).isZero();
    assertThat(report().finalDigest()).isEqualTo(original.finalDigest());
    assertThat(report().verdict()).isEqualTo(original.verdict());
    assertThat(report().dataDigest()).isEqualTo(original.dataDigest());

    assertThat(run(BASE + FLIP, "--seed", "6").exitCode()).isZero();
    assertThat(report().seed()).isEqualTo(6);
    assertThat(report().finalDigest()).isNotEqualTo(original.finalDigest());
    assertThat(report().bitIdentical()).isTrue();
  }

  @Test
  void a_plan_shows_the_numbers_of_the_run() throws Exception {
    String crash =
        "faults: [{id: crash, at: {step: 3}, inject: {kind: crash, target: {pod: 1}}}]\n";
    Path file =
        Files.writeString(
            folder.resolve("tiny.yaml"), BASE.replace("pods: 3", "pods: 3, spares: 1") + crash);
    JsonNode plan = json.readTree(Cli.run("plan", file.toString(), "--json").out());
    assertThat(runFile(new ClusterEngine(), file).exitCode()).isZero();

    assertThat(plan.get("parameters").asLong()).isEqualTo(report().modelParameters());
    assertThat(plan.get("samples").asLong()).isEqualTo(report().samples().used());
    assertThat(plan.get("stallMillisMax").asLong()).isEqualTo(10_000);
    assertThat(fault().response()).isEqualTo(Response.REPLACED);
    assertThat(plan.at("/faults/0/seenBy/0").asText()).isEqualTo("membership");
    assertThat(fault().detectedBy()).isEqualTo(Detector.MEMBERSHIP);
    assertThat(report().recoveries())
        .singleElement()
        .satisfies(recovery -> assertThat(recovery.kind()).isEqualTo("spare"));
    // The spare had nothing, so it fetched a whole version.
    assertThat(event("restored").get("bytes").asLong())
        .isEqualTo(plan.get("versionBytes").asLong());
  }

  private JsonNode event(String kind) throws IOException {
    return journal().stream()
        .filter(line -> line.get("event").asText().equals(kind))
        .findFirst()
        .orElseThrow();
  }
}
