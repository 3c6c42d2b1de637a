package dev.redoubt.cli.campaign;

import dev.redoubt.core.ProtocolConfig;
import dev.redoubt.node.RunSpec;
import dev.redoubt.simulator.DetectorCost;
import dev.redoubt.simulator.Detectors;
import dev.redoubt.simulator.GoldenVersions;
import dev.redoubt.simulator.SimulatedCluster;
import dev.redoubt.trainer.program.ProductChecks;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** What was measured of a campaign: all that is not the same on the next run. */
final class CampaignTimes {
  private static final int PAIRS = 15;
  private static final int STEPS = 6;

  private CampaignTimes() {}

  /** What each arm's detectors cost in clean steps; an arm without any has no cost. */
  static Map<String, DetectorCost> costs(CampaignSetup setup, GoldenVersions golden) {
    RunSpec spec = setup.spec();
    int steps = Math.min(STEPS, spec.protocol().steps());
    ProtocolConfig window = Detectors.NONE.in(spec.protocol(), 0, steps, 0);
    Map<String, DetectorCost> costs = new LinkedHashMap<>();
    try (SimulatedCluster cluster =
        new SimulatedCluster(spec.model(), spec.train(), spec.data(), golden)) {
      setup
          .campaign()
          .arms()
          .forEach(
              (arm, detectors) -> {
                if (!detectors.equals(Detectors.NONE)) {
                  costs.put(arm, DetectorCost.measure(cluster, window, detectors, PAIRS));
                }
              });
    }
    return costs;
  }

  /**
   * What every arm finds and what it costs, for people. What it finds is the same on the next run,
   * what it costs was measured.
   */
  static Table table(CampaignSetup setup, Counts counts, Map<String, DetectorCost> costs) {
    List<List<Object>> rows = new ArrayList<>();
    setup
        .campaign()
        .arms()
        .forEach(
            (arm, detectors) -> {
              Tally tally = counts.tally(arm, Counts.By.ALL, Counts.ALL);
              rows.add(
                  List.of(
                      arm,
                      words(detectors),
                      cost(costs.get(arm)),
                      tally.foundGivenHarm(),
                      tally.escapedGivenHarm(),
                      tally.blamedRight()));
            });
    return new Table(
        "cost",
        "Cost and coverage: of what harms when nobody looks, what each arm found and what escaped, and"
            + " what its detectors cost on this machine just now: a clean step of the simulated cluster"
            + " on one thread over the same without any (median of pairs, quartiles)",
        List.of("arm", "detectors", "cost", "foundGivenHarm", "escapedGivenHarm", "blamedRight"),
        3,
        rows);
  }

  private static String words(Detectors detectors) {
    StringJoiner words = new StringJoiner(" ").setEmptyValue("none");
    if (detectors.stateDigestEvery() > 0) {
      words.add(every("state-digest", detectors.stateDigestEvery()));
    }
    if (detectors.scrubEvery() > 0) {
      words.add(every("scrub", detectors.scrubEvery()));
    }
    if (detectors.screens()) {
      words.add("screens");
    }
    if (detectors.audits() > 0) {
      words.add("audits:" + detectors.audits());
    }
    if (detectors.abft() != ProductChecks.NONE) {
      words.add("abft:" + detectors.abft().name().toLowerCase(Locale.ROOT));
    }
    return words.toString();
  }

  private static String every(String name, int steps) {
    return steps == 1 ? name : name + "/" + steps;
  }

  private static String cost(@Nullable DetectorCost cost) {
    return cost == null
        ? "1"
        : times(cost.ratio()) + " [" + times(cost.low()) + ", " + times(cost.high()) + "]";
  }

  private static String times(double ratio) {
    return String.format(Locale.ROOT, "%.3f", ratio);
  }

  /**
   * For the file.
   *
   * @param nanos that the injections and trainings took
   */
  static Map<String, Object> record(
      CampaignRun.Result result, int threads, long nanos, Map<String, DetectorCost> costs) {
    Map<String, Object> record = new LinkedHashMap<>();
    record.put("verdict", result.report().verdict().word());
    record.put("injections", result.injected());
    record.put("trainings", result.trained());
    record.put("threads", threads);
    record.put("seconds", nanos * 1e-9);
    record.put("costs", costs);
    return record;
  }
}
