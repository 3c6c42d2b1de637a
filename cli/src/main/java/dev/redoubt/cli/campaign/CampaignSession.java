package dev.redoubt.cli.campaign;

import dev.redoubt.cli.campaign.CampaignRun.Progress;
import dev.redoubt.cli.campaign.CampaignRun.Result;
import dev.redoubt.cli.report.RunDirectory;
import dev.redoubt.cli.report.Verdict;
import dev.redoubt.simulator.DetectorCost;
import dev.redoubt.simulator.GoldenVersions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A campaign from its first row to its report, in a new directory or in one that was begun.
 *
 * @param version of Redoubt
 * @param threads that inject
 * @param resumed the directory to go on in; null for a new one
 * @param base where a new directory is made
 * @param now the time in its name
 */
public record CampaignSession(
    CampaignSetup setup,
    String version,
    int threads,
    @Nullable Path resumed,
    Path base,
    Instant now) {

  /**
   * What came out.
   *
   * @param json the text of {@code campaign.json}
   * @param tables for people, with what was measured at the end
   * @param nanos that it took; 0 if nothing had to be done
   */
  public record Outcome(
      CampaignReport report, String json, List<String> tables, Path directory, long nanos) {}

  /**
   * Runs it.
   *
   * @throws ResumeException if the directory is of another campaign, or damaged
   * @throws IOException if the directory cannot be written
   * @throws InterruptedException if the thread is interrupted before the first row
   */
  public Outcome run(Progress progress) throws IOException, ResumeException, InterruptedException {
    try (GoldenVersions golden =
        new GoldenVersions(setup.spec().model(), setup.spec().train(), setup.spec().data())) {
      CampaignIdentity identity =
          CampaignIdentity.of(setup, golden.digests(setup.spec().train().steps()).root(), version);
      CampaignDirectory directory = directory(identity);
      long start = System.nanoTime();
      Result result = new CampaignRun(setup, identity, directory, threads, progress).run(golden);
      long nanos = System.nanoTime() - start;
      Map<String, DetectorCost> costs =
          result.report().verdict() == Verdict.INTERRUPTED
              ? Map.of()
              : CampaignTimes.costs(setup, golden);
      directory.times(CampaignTimes.record(result, threads, nanos, costs));
      return new Outcome(
          result.report(),
          CampaignDirectory.json(result.report()),
          tables(result, costs),
          directory.path(),
          result.injected() + result.trained() == 0 ? 0 : nanos);
    }
  }

  private CampaignDirectory directory(CampaignIdentity identity)
      throws IOException, ResumeException {
    if (resumed != null) {
      CampaignDirectory directory = new CampaignDirectory(resumed);
      directory.resume(identity);
      return directory;
    }
    CampaignDirectory directory =
        new CampaignDirectory(
            RunDirectory.create(base, identity.name(), identity.seed(), now).path());
    directory.begin(identity, setup.campaign().text());
    return directory;
  }

  private List<String> tables(Result result, Map<String, DetectorCost> costs) {
    List<String> texts = new ArrayList<>();
    result.tables().forEach(table -> texts.add(table.text()));
    if (!costs.isEmpty()) {
      texts.add(CampaignTimes.table(setup, result.counts(), costs).text());
    }
    return texts;
  }
}
