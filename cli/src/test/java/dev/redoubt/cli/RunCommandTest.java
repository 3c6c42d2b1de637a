package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.report.Outcomes;
import dev.redoubt.cli.report.ReportWriters;
import dev.redoubt.cli.report.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {
  private final Path folder;
  private final Path scenario;

  RunCommandTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.scenario =
        Files.writeString(
            folder.resolve("small.yaml"),
            """
            apiVersion: redoubt/v1
            name: small
            cluster: {pods: 2}
            model: pico
            train: {steps: 20, microbatches: 6, sequenceLength: 32, batchSize: 2}
            expect: {goodput: ">= 0.5"}
            """);
  }

  private Cli run(RunEngine engine, String... more) {
    String[] args = {"run", scenario.toString(), "-o", folder.resolve("runs").toString()};
    String[] all = java.util.Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return Cli.run(engine, all);
  }

  @Test
  void a_good_run_ends_with_0_and_leaves_a_whole_directory() throws IOException {
    Cli ended =
        run(
            (checked, directory, observer) -> {
              observer.event(
                  new RunEngine.Event(3, 1, "pod0/rank0", "step-committed", "hello", Map.of()));
              return new Outcomes().outcome();
            },
            "--seed",
            "99");

    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out()).contains("small passed").contains("seed 99");
    assertThat(ended.err()).contains("hello");
    Path latest = folder.resolve("runs/latest");
    assertThat(ReportWriters.read(latest.resolve("summary.json")).verdict())
        .isEqualTo(Verdict.PASSED);
    assertThat(latest.resolve("junit.xml")).isNotEmptyFile();
    assertThat(latest.resolve("summary.md")).content().contains("# small: passed");
    assertThat(latest.resolve("scenario.resolved.yaml")).content().contains("seed: 99");
    assertThat(latest.resolve("journal.jsonl"))
        .content()
        .contains("run-started", "step-committed", "run-ended");
  }

  @Test
  void json_is_all_that_is_on_the_output_stream() throws IOException {
    Cli ended = run((checked, directory, observer) -> new Outcomes().outcome(), "--json", "-q");

    assertThat(ended.out()).isEqualTo(Files.readString(folder.resolve("runs/latest/summary.json")));
    assertThat(ended.err()).isEmpty();
  }

  @Test
  void the_endings_have_their_exit_codes() {
    assertThat(
            run((checked, directory, observer) -> {
                  throw new EnvironmentException("port 2552 is taken");
                })
                .err())
        .isEqualTo("error: port 2552 is taken" + System.lineSeparator());
    Cli defect =
        run(
            (checked, directory, observer) -> {
              throw new IllegalStateException("cannot be");
            });
    assertThat(defect.exitCode()).isEqualTo(70);
    assertThat(defect.err())
        .contains("error: java.lang.IllegalStateException: cannot be")
        .contains("This is a defect in Redoubt")
        .contains("redoubt.log.")
        .doesNotContain("\tat ");
    assertThat(folder.resolve("runs/latest/redoubt.log"))
        .content()
        .contains("cannot be")
        .contains("\tat ");
  }

  @Test
  void a_place_that_cannot_be_written_to_is_the_environments_fault() throws IOException {
    Files.writeString(folder.resolve("runs"), "a file");
    Cli ended = run((checked, directory, observer) -> new Outcomes().outcome());

    assertThat(ended.exitCode()).isEqualTo(4);
    assertThat(ended.err()).contains("error: cannot write a run to " + folder.resolve("runs"));
  }

  @Test
  void a_stop_while_the_engine_runs_still_leaves_the_reports() {
    Cli ended =
        run(
            (checked, directory, observer) -> {
              Thread.currentThread().interrupt();
              return new Outcomes().interrupted().outcome();
            });

    assertThat(ended.exitCode()).isEqualTo(130);
    assertThat(folder.resolve("runs/latest/summary.md")).content().contains("# small: interrupted");
  }

  @Test
  void plan_and_list_say_what_there_is() {
    Cli plan = Cli.run("plan", scenario.toString());
    assertThat(plan.exitCode()).isZero();
    assertThat(plan.out())
        .contains("microbatches  pod0: 0-2; pod1: 3-5")
        .contains("20 steps, 240 samples, 7680 tokens")
        .contains("timeouts      60000 ms for all to join, 10000 ms for the reports of a step");
    assertThat(Cli.run("plan", scenario.toString(), "--json").out()).contains("\"samples\" : 240");
    assertThat(Cli.run("list", "scenarios").out()).contains("blind-spot").contains("first-light");
    assertThat(Cli.run("list", "campaigns").out()).contains("blind-spot").contains("no-fault");
    assertThat(Cli.run("list", "faults").out())
        .contains("bit-flip")
        .contains("stored-copy, gradient");
    assertThat(Cli.run("generate-completion").out()).contains("validate");
    assertThat(Cli.run("--version").out()).startsWith("redoubt 0.");
    assertThat(Cli.run("--help").out()).contains("Exit codes:").contains("130");
  }
}
