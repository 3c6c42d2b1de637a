package dev.redoubt.cli.campaign;

import dev.redoubt.cli.report.Expectation;
import dev.redoubt.cli.report.Verdict;
import java.util.List;
import java.util.Map;

/**
 * What came out of a campaign: {@code campaign.json}, versioned. It has no times, so that the same
 * campaign gives the same file.
 *
 * @param schema its version
 * @param injectionsDone under every arm
 * @param trainingsDone without faults
 * @param tables by name; each row is a map from a column to its cell
 */
public record CampaignReport(
    int schema,
    CampaignIdentity campaign,
    Verdict verdict,
    long injectionsDone,
    long trainingsDone,
    List<Expectation> expectations,
    Map<String, List<Map<String, String>>> tables) {

  static final int SCHEMA = 1;

  public CampaignReport {
    expectations = List.copyOf(expectations);
  }

  /** The name of the campaign. */
  public String name() {
    return campaign.name();
  }

  /** The seed that was used. */
  public long seed() {
    return campaign.seed();
  }

  /** Failed outweighs inconclusive; who was interrupted is not judged. */
  static Verdict judge(boolean interrupted, List<Expectation> expectations) {
    if (interrupted) {
      return Verdict.INTERRUPTED;
    }
    if (expectations.stream().anyMatch(Expectation::failed)) {
      return Verdict.FAILED;
    }
    return expectations.stream().anyMatch(Expectation::open)
        ? Verdict.INCONCLUSIVE
        : Verdict.PASSED;
  }
}
