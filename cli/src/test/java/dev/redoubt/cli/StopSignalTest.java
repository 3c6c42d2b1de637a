package dev.redoubt.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.report.Outcomes;
import dev.redoubt.cli.report.ReportWriters;
import dev.redoubt.cli.report.Verdict;
import dev.redoubt.cli.run.TrainerModels;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Ctrl-C in a process of its own: exit code 130, and the run directory is complete. */
@DisabledOnOs(OS.WINDOWS)
class StopSignalTest {

  /** A command whose engine runs until it is stopped. */
  static final class Endless {
    private Endless() {}

    public static void main(String[] args) {
      TrainerModels models = new TrainerModels();
      Wiring wiring =
          new Wiring(
              models,
              (scenario, directory, observer) -> {
                observer.step(new RunEngine.Progress(1, 20, 5.5, 2, 2, 0, 0));
                sleep();
                return new Outcomes().interrupted().outcome();
              },
              PlanNumbers.of(models),
              Clock.systemUTC(),
              Path.of("."));
      PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
      PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
      System.exit(Main.commandLine(wiring, out, err).execute(args));
    }

    private static void sleep() {
      try {
        Thread.sleep(60_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void leaves_a_whole_run_directory_and_130(@TempDir Path folder) throws Exception {
    Path scenario =
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
    Path err = folder.resolve("err");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Endless.class.getName(),
                "run",
                scenario.toString(),
                "-o",
                folder.resolve("runs").toString())
            .redirectErrorStream(true)
            .redirectOutput(err.toFile())
            .start();
    for (int i = 0; i < 600 && !Files.readString(err).contains("step 1/20"); i++) {
      assertThat(process.isAlive()).as(Files.readString(err)).isTrue();
      Thread.sleep(50);
    }

    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();

    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(130);
    Path latest = folder.resolve("runs/latest");
    assertThat(ReportWriters.read(latest.resolve("summary.json")).verdict())
        .isEqualTo(Verdict.INTERRUPTED);
    assertThat(latest.resolve("junit.xml")).isNotEmptyFile();
    assertThat(latest.resolve("summary.md")).isNotEmptyFile();
    assertThat(latest.resolve("journal.jsonl")).content().contains("run-ended");
  }
}
