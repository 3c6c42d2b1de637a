package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.report.Outcomes;
import dev.redoubt.cli.report.ReportWriters;
import dev.redoubt.cli.report.RunDirectory;
import dev.redoubt.cli.report.RunReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages that are written again, and what is refused. */
class ReportCommandTest {

  private final Path folder;

  ReportCommandTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private Path run(String name) throws IOException {
    Path directory = Files.createDirectory(folder.resolve(name));
    RunReport report =
        RunReport.of(Outcomes.scenario("{finalState: golden}"), new Outcomes().outcome());
    ReportWriters.write(report, new RunDirectory(directory));
    return directory;
  }

  @Test
  void a_page_is_written_and_its_path_is_the_result() throws IOException {
    Path run = run("one");

    Cli ended = Cli.run("report", run.toString());

    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out()).isEqualTo(run.resolve("report.html") + System.lineSeparator());
    assertThat(run.resolve("report.html")).content().contains("<title>small: passed</title>");
  }

  @Test
  void what_is_no_run_is_bad_usage() {
    Cli ended = Cli.run("report", folder.toString());

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("has no summary.json");
  }

  @Test
  void a_comparison_is_written_beside_the_table() throws IOException {
    Path page = folder.resolve("both.html");

    Cli ended = Cli.run("compare", run("one") + "", run("two") + "", "--html", page.toString());

    assertThat(ended.exitCode()).isZero();
    assertThat(ended.out()).contains("the same training, the same bits");
    assertThat(page).content().contains("the same training, the same bits", "ledgerSeconds.useful");
  }

  @Test
  void a_page_in_a_directory_that_is_not_there_is_bad_usage() throws IOException {
    String nowhere = folder.resolve("none/both.html").toString();

    Cli ended = Cli.run("compare", run("one") + "", run("two") + "", "--html", nowhere);

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("whose directory is not there");
  }
}
