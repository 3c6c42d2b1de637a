package dev.redoubt.cli.campaign;

import dev.redoubt.cli.campaign.Counts.By;
import dev.redoubt.cli.report.Expectation;
import dev.redoubt.cli.scenario.Bound;
import dev.redoubt.cli.scenario.Bound.Comparison;
import dev.redoubt.cli.scenario.Campaign;
import dev.redoubt.cli.scenario.Campaign.Figures;
import dev.redoubt.fault.Recurrence;
import dev.redoubt.simulator.Proportion;
import dev.redoubt.simulator.Stratum;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Compares what was counted with what the campaign wants.
 *
 * <p>A share of too few cases is open, neither held nor failed: of ten injections all may be found
 * by a detector that finds nine of ten. How many are enough follows from the limit: with fewer, not
 * even a perfect sample has its whole interval on the right side. At the limits 0 and 1, where one
 * counterexample decides and no number proves, {@code casesMin} is enough.
 */
final class CampaignExpectations {
  private final Campaign campaign;
  private final Counts counts;
  private final List<Expectation> list = new ArrayList<>();

  private CampaignExpectations(Campaign campaign, Counts counts) {
    this.campaign = campaign;
    this.counts = counts;
  }

  /** Every expectation, in the order of arms. */
  static List<Expectation> evaluate(Campaign campaign, Counts counts) {
    CampaignExpectations expectations = new CampaignExpectations(campaign, counts);
    if (campaign.sample() != null) {
      campaign.arms().keySet().forEach(expectations::arm);
    }
    if (campaign.cleanSteps() > 0) {
      expectations.clean();
    }
    return List.copyOf(expectations.list);
  }

  private void arm(String arm) {
    Figures wanted = campaign.expect().of(arm);
    Tally tally = counts.tally(arm, By.ALL, Counts.ALL);
    Integer within = wanted.withinSteps();
    Proportion found = within == null ? tally.found() : tally.foundWithin(within);
    String soon = within == null ? "" : " within " + within + " steps";
    share(arm + ".found", wanted.found(), soon, found);
    share(arm + ".blamedRight", wanted.blamedRight(), "", tally.blamedRight());
    share(arm + ".corrected", wanted.corrected(), "", tally.corrected());
    share(arm + ".escapedGivenHarm", wanted.escapedGivenHarm(), "", tally.escapedGivenHarm());
    share(arm + ".named", wanted.named(), "", tally.bitsRight());
    if (wanted.predicted()) {
      double audited = Objects.requireNonNull(campaign.arms().get(arm)).audits();
      campaign.shares().forEach(share -> predicted(arm, audited, share.stratum()));
    }
  }

  /** A fault that strikes in k steps with the chance a is audited in one of them, or escapes. */
  private void predicted(String arm, double audited, Stratum stratum) {
    Recurrence lasts = stratum.lasts();
    double share = 1 - Math.pow(1 - audited * lasts.probability(), lasts.steps());
    Tally tally = counts.tally(arm, By.STRATUM, stratum.label());
    // What strikes by chance may never strike; what strikes once may be rounded away by the sum.
    Proportion seen = lasts.once() ? tally.foundGivenHarm() : tally.foundOfDrawn();
    list.add(
        new Expectation(
            arm + ".predicted." + stratum.label(),
            String.format(
                Locale.ROOT,
                "%.2f %%: 1-(1-qa)^k with q %s, a %s, k %d",
                share * 100,
                audited,
                lasts.probability(),
                lasts.steps()),
            String.format(
                Locale.ROOT,
                "%d of %d (%.2f %%, 95 %%: %.2f to %.2f)",
                seen.hits(),
                seen.of(),
                seen.share() * 100,
                seen.low() * 100,
                seen.high() * 100),
            seen.of() < campaign.expect().casesMin()
                ? null
                : Boolean.valueOf(seen.low() <= share && share <= seen.high())));
  }

  private void share(String id, @Nullable Bound wanted, String how, Proportion seen) {
    if (wanted == null) {
      return;
    }
    long least = least(wanted);
    boolean few = seen.of() < least;
    String shown =
        seen.of() == 0
            ? "no case"
            : String.format(
                Locale.ROOT, "%d of %d (%.2f %%)", seen.hits(), seen.of(), seen.share() * 100);
    list.add(
        new Expectation(
            id,
            wanted + how,
            few ? shown + ", at least " + least + " cases are needed" : shown,
            held(wanted, seen, few)));
  }

  private static @Nullable Boolean held(Bound wanted, Proportion seen, boolean few) {
    if (seen.of() == 0) {
      return null;
    }
    if (wanted.holds(seen.share())) {
      return few ? null : Boolean.TRUE;
    }
    // The end of the interval that is nearer to the limit.
    double kindest = isAbove(wanted) ? seen.high() : seen.low();
    return (few && wanted.holds(kindest)) ? null : Boolean.FALSE;
  }

  private long least(Bound wanted) {
    return Math.max(
        campaign.expect().casesMin(), Proportion.leastCases(wanted.limit(), isAbove(wanted)));
  }

  private static boolean isAbove(Bound wanted) {
    return wanted.comparison() == Comparison.AT_LEAST || wanted.comparison() == Comparison.ABOVE;
  }

  private void clean() {
    Integer wanted = campaign.expect().falseAlarms();
    if (wanted != null) {
      long seen = counts.falseAlarms();
      list.add(
          new Expectation("falseAlarms", wanted.toString(), Long.toString(seen), seen == wanted));
    }
    list.add(
        new Expectation(
            "noFault.notGolden", "0", Long.toString(counts.notGolden()), counts.notGolden() == 0));
  }
}
