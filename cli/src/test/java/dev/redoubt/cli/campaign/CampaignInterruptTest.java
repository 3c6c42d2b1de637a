package dev.redoubt.cli.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.report.Verdict;
import dev.redoubt.cli.run.TrainerModels;
import dev.redoubt.cli.scenario.CampaignLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A campaign that is interrupted is whole up to there, and goes on to the same bytes. */
class CampaignInterruptTest {
  private static final String TEXT =
      """
      apiVersion: redoubt/v1
      name: stopped
      seed: 5
      cluster: {pods: 3}
      model: {layers: 1, width: 16, heads: 4, headSize: 4, ffnWidth: 32, vocabulary: 256, contextLength: 64}
      data: {sources: [{name: text, from: text.txt}]}
      train: {steps: 7, microbatches: 6, sequenceLength: 8, batchSize: 1}
      injections: 40
      strikes: {fromStep: 4}
      noFault: {steps: 28}
      expect: {found: ">= 1", casesMin: 10, falseAlarms: 0}
      """;

  private final Path folder;

  CampaignInterruptTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private CampaignSession.Outcome run(@Nullable Path resumed, CampaignRun.Progress progress)
      throws Exception {
    Path file = Files.writeString(folder.resolve("stopped.yaml"), TEXT);
    CampaignSetup setup = CampaignSetup.of(new CampaignLoader(new TrainerModels()).load(file));
    return new CampaignSession(setup, "1", 2, resumed, folder.resolve("runs"), Instant.EPOCH)
        .run(progress);
  }

  /** Interrupts this thread after so many rows of a kind. */
  private static CampaignRun.Progress stopAfter(String kind, long rows) {
    return (what, done, of) -> {
      if (what.equals(kind) && done == rows) {
        Thread.currentThread().interrupt();
      }
    };
  }

  @Test
  void itGoesOnToTheSameBytes() throws Exception {
    Files.writeString(
        folder.resolve("text.txt"), "the quick brown fox jumps over the lazy dog. ".repeat(40));
    CampaignSession.Outcome whole = run(null, (what, done, of) -> {});
    assertThat(whole.report().verdict()).isEqualTo(Verdict.PASSED);

    CampaignSession.Outcome first = run(null, stopAfter("injections", 7));
    Path directory = first.directory();
    assertThat(first.report().verdict()).isEqualTo(Verdict.INTERRUPTED);
    assertThat(first.report().injectionsDone()).isBetween(7L, 39L);
    assertThat(Files.readAllLines(directory.resolve("rows.csv")))
        .hasSize((int) first.report().injectionsDone() + 1);
    assertThat(directory.resolve("coverage.csv")).isNotEmptyFile();

    CampaignSession.Outcome second = run(directory, stopAfter("clean trainings", 1));
    assertThat(second.report().verdict()).isEqualTo(Verdict.INTERRUPTED);
    assertThat(second.report().injectionsDone()).isEqualTo(40);
    assertThat(second.report().trainingsDone()).isBetween(1L, 3L);

    CampaignSession.Outcome third = run(directory, (what, done, of) -> {});
    assertThat(third.json()).isEqualTo(whole.json());
    for (String name : new String[] {"rows.csv", "clean.csv", "coverage.csv", "campaign.json"}) {
      assertThat(directory.resolve(name)).hasSameBinaryContentAs(whole.directory().resolve(name));
    }
  }
}
