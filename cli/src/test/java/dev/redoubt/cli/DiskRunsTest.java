package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.report.ReportWriters;
import dev.redoubt.cli.report.RunOutcome.Recovery;
import dev.redoubt.cli.report.RunReport;
import dev.redoubt.cli.report.Verdict;
import dev.redoubt.cli.run.ClusterEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs whose versions are on disk too, and the same faults without that. */
class DiskRunsTest {

  private static final String TIER = ", diskTier: {everySteps: 4}";
  private static final String BASELINE = "redundancy: {scheme: checkpoint, everySteps: 4}";

  private final Path folder;

  DiskRunsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private static String library(String name) throws IOException {
    return Files.readString(Path.of("..", "scenarios", name + ".yaml"));
  }

  private Cli run(String scenario) throws IOException {
    Path file = Files.writeString(folder.resolve("scenario.yaml"), scenario);
    return Cli.run(
        new ClusterEngine(), "run", file.toString(), "-o", folder.resolve("runs").toString(), "-q");
  }

  private RunReport report() throws IOException {
    return ReportWriters.read(folder.resolve("runs/latest/summary.json"));
  }

  private String journal() throws IOException {
    return Files.readString(folder.resolve("runs/latest/journal.jsonl"));
  }

  private static int repeated(RunReport report) {
    return report.recoveries().stream().mapToInt(Recovery::stepsRepeated).sum();
  }

  /** The files of all workers; each has some of its own. */
  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder.resolve("runs/latest/versions"))) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> name.endsWith(".ckpt"))
          .toList();
    }
  }

  @Test
  @Timeout(300)
  void a_shard_that_nobody_holds_any_more_is_read_from_disk() throws Exception {
    Cli ended = run(library("last-resort"));

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    assertThat(report().bitIdentical()).isTrue();
    assertThat(repeated(report())).isPositive();
    assertThat(journal()).contains("version-on-disk", "rolled-back", "(disk)");
    assertThat(files()).isNotEmpty();
  }

  @Test
  @Timeout(300)
  void without_a_disk_the_same_loss_is_the_end() throws Exception {
    String scenario = library("last-resort");
    assertThat(scenario).contains(TIER);

    Cli ended = run(scenario.replace(TIER, ""));

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(1);
    assertThat(report().verdict()).isEqualTo(Verdict.LOST);
    assertThat(report().reason()).contains("no intact copy of shard 1");
    assertThat(folder.resolve("runs/latest/versions")).doesNotExist();
  }

  @Test
  @Timeout(300)
  void the_baseline_repeats_steps_for_a_crash_for_which_replicas_repeat_none() throws Exception {
    String scenario = library("checkpoint");
    assertThat(scenario).contains(BASELINE);

    Cli baseline = run(scenario);
    assertThat(baseline.exitCode()).as(baseline.out() + baseline.err()).isZero();
    assertThat(report().bitIdentical()).isTrue();
    assertThat(repeated(report())).isPositive();
    assertThat(journal()).contains("nobody is healed from memory");

    Cli replicas = run(scenario.replace(BASELINE, "redundancy: {scheme: replicas}"));
    assertThat(replicas.exitCode()).as(replicas.out() + replicas.err()).isZero();
    assertThat(report().bitIdentical()).isTrue();
    assertThat(report().recoveries()).isNotEmpty();
    assertThat(repeated(report())).isZero();
  }

  /** What a killed process had written is read by others. */
  @Test
  @Timeout(400)
  void processes_that_are_killed_leave_files_that_others_go_on_from() throws Exception {
    Cli ended = run(library("last-resort").replace("seed: 7", "seed: 7\nmode: processes"));

    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    assertThat(report().bitIdentical()).isTrue();
    assertThat(repeated(report())).isPositive();
    assertThat(journal()).contains("(disk)");
  }
}
