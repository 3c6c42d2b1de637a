package dev.redoubt.cli.campaign;

import dev.redoubt.cli.EnvironmentException;
import dev.redoubt.cli.run.Specs;
import dev.redoubt.cli.scenario.Campaign;
import dev.redoubt.node.RunSpec;
import dev.redoubt.simulator.CleanTrial;
import dev.redoubt.simulator.GoldenVersions;
import dev.redoubt.simulator.InjectionBench;
import dev.redoubt.simulator.InjectionDraw;
import dev.redoubt.simulator.Places;
import dev.redoubt.simulator.Proportion;
import dev.redoubt.simulator.Stratum;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From the words of a campaign to those of the simulator.
 *
 * @param draw what is injected; null if nothing is
 * @param injections how many there are to be
 * @param trainings how many clean ones there are to be
 */
public record CampaignSetup(
    Campaign campaign,
    RunSpec spec,
    @Nullable InjectionDraw draw,
    long injections,
    long trainings) {

  /**
   * Opens the data, too.
   *
   * @throws EnvironmentException if they cannot be had here
   */
  public static CampaignSetup of(Campaign campaign) throws EnvironmentException {
    RunSpec spec = Specs.of(campaign.base());
    InjectionDraw draw = campaign.sample() == null ? null : draw(campaign, spec);
    long trainings = Math.ceilDiv(campaign.cleanSteps(), campaign.base().train().steps());
    return new CampaignSetup(campaign, spec, draw, injections(campaign, draw), trainings);
  }

  private static InjectionDraw draw(Campaign campaign, RunSpec spec) {
    return new InjectionDraw(
        campaign.base().seed(),
        Turns.of(campaign.shares()),
        Places.of(spec.model(), spec.train()),
        campaign.base().cluster().pods(),
        campaign.strikes().from(),
        campaign.strikes().to());
  }

  private static long injections(Campaign campaign, @Nullable InjectionDraw draw) {
    return switch (campaign.sample()) {
      case null -> 0;
      case Campaign.Count count -> count.injections();
      case Campaign.Precision wanted ->
          draw == null
              ? 0
              : Proportion.needed(population(draw), wanted.margin(), wanted.confidence());
    };
  }

  private static double population(InjectionDraw draw) {
    return strata(draw).stream().mapToDouble(draw::population).sum();
  }

  private static List<Stratum> strata(InjectionDraw draw) {
    return draw.turns().stream().distinct().toList();
  }

  /** The strata that are drawn from, each once; empty if nothing is injected. */
  public List<Stratum> strata() {
    return draw == null ? List.of() : strata(draw);
  }

  /** What the threads that inject share. */
  InjectionBench.Setting injecting(GoldenVersions golden) {
    if (draw == null) {
      throw new IllegalStateException("nothing is injected");
    }
    return new InjectionBench.Setting(
        spec.model(),
        spec.train(),
        spec.data(),
        golden,
        spec.protocol(),
        draw,
        campaign.arms(),
        campaign.strikes().stepsAfter());
  }

  /** What the threads that train without faults share. */
  CleanTrial clean() {
    return new CleanTrial(
        spec.protocol(), spec.products(), spec.model(), spec.train(), spec.data());
  }
}
