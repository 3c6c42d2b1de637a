package dev.redoubt.cli.scenario;

import dev.redoubt.simulator.Detectors;
import dev.redoubt.simulator.Stratum;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A campaign with every default filled in: what {@link CampaignLoader} gives after all checks.
 *
 * @param base what is trained, on which machines, with which detectors: as in a scenario
 * @param sample how many injections; null if there are none
 * @param strikes which steps are struck
 * @param shares the strata, in the order of the file
 * @param arms sets of detectors by their names, in the order of the file; at least one
 * @param cleanSteps steps of clean trainings; 0 if there are none
 * @param expect what must come out
 * @param text of the file
 */
public record Campaign(
    Scenario base,
    @Nullable Sample sample,
    Strikes strikes,
    List<Share> shares,
    SequencedMap<String, Detectors> arms,
    int cleanSteps,
    Expect expect,
    String text) {

  public Campaign {
    shares = List.copyOf(shares);
    arms = Ordered.copyOf(arms);
  }

  /** The same campaign with another seed. */
  public Campaign withSeed(long seed) {
    return new Campaign(
        base.withSeed(seed), sample, strikes, shares, arms, cleanSteps, expect, text);
  }

  /** The name of the campaign. */
  public String name() {
    return base.name();
  }

  /** How many injections there are to be. */
  public sealed interface Sample {}

  /** So many. */
  public record Count(long injections) implements Sample {}

  /**
   * As many as it takes.
   *
   * @param margin half the width of the interval of a share
   * @param confidence that the true share is inside
   */
  public record Precision(double margin, double confidence) implements Sample {}

  /**
   * Which steps are struck, and how long each run goes on.
   *
   * @param from the first step
   * @param to the last one
   * @param stepsAfter that are trained after the one that is struck
   */
  public record Strikes(int from, int to, int stepsAfter) {}

  /** A stratum and its weight beside the others. */
  public record Share(Stratum stratum, int weight) {}

  /**
   * Shares that are wanted of an arm; null where nothing is.
   *
   * @param found of the injections that changed a bit
   * @param withinSteps only alarms so soon count as found; null if all do
   * @param blamedRight of those after which somebody was blamed
   * @param corrected of those that were found
   * @param escapedGivenHarm of those that end on other bits when nobody looks
   * @param named of the wrong results that were found, those that a replay named to the bit
   * @param predicted whether what audits find of each stratum must be what the formula says
   */
  public record Figures(
      @Nullable Bound found,
      @Nullable Integer withinSteps,
      @Nullable Bound blamedRight,
      @Nullable Bound corrected,
      @Nullable Bound escapedGivenHarm,
      @Nullable Bound named,
      boolean predicted) {}

  /**
   * What must come out.
   *
   * @param common of each arm that is not among {@code arms}
   * @param falseAlarms in the clean trainings; null if it is not checked
   * @param casesMin a share of fewer cases is inconclusive
   */
  public record Expect(
      Figures common,
      SequencedMap<String, Figures> arms,
      @Nullable Integer falseAlarms,
      int casesMin) {
    public Expect {
      arms = Ordered.copyOf(arms);
    }

    /** What is wanted of an arm. */
    public Figures of(String arm) {
      return arms.getOrDefault(arm, common);
    }
  }
}
