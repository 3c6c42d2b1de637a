package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.databind.JsonNode;
import dev.redoubt.cli.scenario.Campaign.Expect;
import dev.redoubt.cli.scenario.Campaign.Figures;
import dev.redoubt.cli.scenario.Campaign.Sample;
import dev.redoubt.cli.scenario.Campaign.Share;
import dev.redoubt.cli.scenario.Campaign.Strikes;
import dev.redoubt.fault.Recurrence;
import dev.redoubt.fault.Site;
import dev.redoubt.simulator.Detectors;
import dev.redoubt.simulator.FaultClass;
import dev.redoubt.simulator.Shape;
import dev.redoubt.simulator.Stratum;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Turns a tree that passed every check, defaults filled in, into a {@link Campaign}. */
final class CampaignReader {
  /** The arm of a campaign that names none. */
  static final String ONLY_ARM = "detect";

  private final JsonNode root;

  CampaignReader(JsonNode root) {
    this.root = root;
  }

  Campaign read(Scenario base, String text) {
    return new Campaign(
        base,
        sample(root.path("injections")),
        strikes(base.train().steps()),
        shares(),
        arms(),
        root.at("/noFault/steps").asInt(0),
        expect(root.path("expect")),
        text);
  }

  private static @Nullable Sample sample(JsonNode node) {
    if (node.isMissingNode()) {
      return null;
    }
    return node.isObject()
        ? new Campaign.Precision(node.path("margin").asDouble(), node.path("confidence").asDouble())
        : new Campaign.Count(node.asLong());
  }

  private Strikes strikes(int steps) {
    JsonNode node = root.path("strikes");
    int after = node.path("stepsAfter").asInt();
    return new Strikes(
        node.path("fromStep").asInt(), node.path("toStep").asInt(steps - after), after);
  }

  private List<Share> shares() {
    if (root.has("preset")) {
      return Preset.of(root.path("preset").asText()).shares();
    }
    List<Share> shares = new ArrayList<>();
    for (JsonNode entry : root.path("strata")) {
      FaultClass kind = kind(entry.path("class").asText());
      for (Site site : sites(kind, entry.path("sites"))) {
        for (JsonNode bits : entry.path("bits")) {
          BitRange range = BitRange.parse(bits.asText());
          for (JsonNode shape : entry.path("shapes")) {
            Stratum stratum =
                new Stratum(
                    kind, site, range.from(), range.to(), shape(shape.asText()), lasts(entry));
            shares.add(new Share(stratum, entry.path("weight").asInt()));
          }
        }
      }
    }
    return shares;
  }

  static Shape shape(String word) {
    return Shape.valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  private static Recurrence lasts(JsonNode entry) {
    JsonNode node = entry.path("lasts");
    return new Recurrence(node.path("steps").asInt(1), node.path("probability").asDouble(1));
  }

  static FaultClass kind(String word) {
    return FaultClass.valueOf(word.toUpperCase(Locale.ROOT));
  }

  private static List<Site> sites(FaultClass kind, JsonNode words) {
    if (words.isMissingNode()) {
      return kind.sites();
    }
    List<Site> sites = new ArrayList<>();
    words.forEach(word -> sites.add(Site.parse(word.asText())));
    return sites;
  }

  private SequencedMap<String, Detectors> arms() {
    JsonNode detect = root.path("detect");
    SequencedMap<String, Detectors> arms = new LinkedHashMap<>();
    for (var arm : root.path("arms").properties()) {
      arms.put(arm.getKey(), detectors(arm.getValue(), detect));
    }
    if (arms.isEmpty()) {
      arms.put(ONLY_ARM, detectors(detect, detect));
    }
    return arms;
  }

  /** What an arm does not name is as in {@code detect}. */
  private static Detectors detectors(JsonNode arm, JsonNode detect) {
    return new Detectors(
        ScenarioReader.every(said(arm, detect, "stateDigest")),
        ScenarioReader.every(said(arm, detect, "scrub")),
        said(arm, detect, "screens").asBoolean(),
        said(arm, detect, "audits").path("fraction").asDouble(0),
        ScenarioReader.abft(said(arm, detect, "abft").asText("none")));
  }

  private static JsonNode said(JsonNode arm, JsonNode detect, String key) {
    return arm.has(key) ? arm.path(key) : detect.path(key);
  }

  private static Expect expect(JsonNode node) {
    SequencedMap<String, Figures> arms = new LinkedHashMap<>();
    node.path("arms")
        .properties()
        .forEach(entry -> arms.put(entry.getKey(), figures(entry.getValue())));
    return new Expect(
        figures(node),
        arms,
        ScenarioReader.optionalInteger(node.path("falseAlarms")),
        node.path("casesMin").asInt());
  }

  private static Figures figures(JsonNode node) {
    return new Figures(
        ScenarioReader.bound(node.path("found")),
        ScenarioReader.optionalInteger(node.path("withinSteps")),
        ScenarioReader.bound(node.path("blamedRight")),
        ScenarioReader.bound(node.path("corrected")),
        ScenarioReader.bound(node.path("escapedGivenHarm")),
        ScenarioReader.bound(node.path("named")),
        node.path("predicted").asBoolean(false));
  }
}
