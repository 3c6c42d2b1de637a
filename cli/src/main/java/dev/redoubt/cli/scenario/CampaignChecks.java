package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import dev.redoubt.fault.Site;
import dev.redoubt.simulator.FaultClass;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What a schema cannot say about what is drawn, the arms and what is expected of them. */
final class CampaignChecks {
  /** Two versions before the one that is struck have to be there. */
  private static final long STORED_COPY_FROM = 3;

  private final Fields fields;
  private final Set<String> strata = new HashSet<>();

  private CampaignChecks(Fields fields) {
    this.fields = fields;
  }

  /** Checks everything; problems are added to {@code fields}. */
  static void check(Fields fields) {
    CampaignChecks checks = new CampaignChecks(fields);
    checks.something();
    checks.preset();
    checks.strata();
    checks.strikes();
    checks.everySteps("/detect");
    checks.audits("/detect");
    checks.abft("/detect");
    checks.arms();
    checks.expect();
  }

  private void something() {
    if (!fields.has("/injections") && !fields.has("/noFault")) {
      fields.wrongKey("", "has neither injections nor noFault, expected one of them at least");
    }
  }

  /** The strata have a default, so what counts is whether the file has them. */
  private void preset() {
    if (fields.has("/preset") && fields.isGiven("/strata")) {
      fields.wrongKey("/strata", "stand beside preset, expected one of the two");
    }
  }

  private void strata() {
    for (int i = 0; i < fields.size("/strata"); i++) {
      String entry = "/strata/" + i;
      Optional<String> word = fields.text(entry + "/class");
      if (word.isEmpty()) {
        continue;
      }
      FaultClass kind = CampaignReader.kind(word.get());
      sites(entry, kind);
      for (int j = 0; j < fields.size(entry + "/bits"); j++) {
        String at = entry + "/bits/" + j;
        fields
            .text(at)
            .filter(bits -> !BitRange.parse(bits).isInFloat())
            .ifPresent(
                bits ->
                    fields.wrong(
                        at,
                        "is \"" + bits + "\", expected bits from 0 to 31, the lower one first"));
      }
      shapes(entry, kind);
      twice(entry, kind);
    }
  }

  /** A shape that a stratum's site cannot have, and a length that its runs cannot show. */
  private void shapes(String entry, FaultClass kind) {
    boolean alone = kind == FaultClass.CORE || kind == FaultClass.ATTESTATION;
    for (int j = 0; j < fields.size(entry + "/shapes"); j++) {
      String at = entry + "/shapes/" + j;
      String shape = fields.text(at).orElse("bit");
      if (alone && !shape.equals("bit")) {
        fields.wrong(at, "is %s, expected bit for the class %s".formatted(shape, kind.kebab()));
      } else if (shape.equals("stale-read") && !onlyOfVersions(entry, kind)) {
        fields.wrong(
            at,
            "is stale-read, expected the sites parameters, first-moments and second-moments alone:"
                + " nothing else has a version before");
      }
    }
    if (alone && fields.has(entry + "/lasts")) {
      fields.wrongKey(entry + "/lasts", "is not for the class " + kind.kebab());
    }
    OptionalLong steps = fields.integer(entry + "/lasts/steps");
    OptionalLong after = fields.integer("/strikes/stepsAfter");
    if (steps.isPresent() && after.isPresent() && steps.getAsLong() > after.getAsLong() + 1) {
      fields.wrong(
          entry + "/lasts/steps",
          "is %d, expected at most strikes.stepsAfter + 1, %d: the run has to last as long"
              .formatted(steps.getAsLong(), after.getAsLong() + 1));
    }
  }

  private boolean onlyOfVersions(String entry, FaultClass kind) {
    List<String> sites = new ArrayList<>();
    fields.node(entry + "/sites").forEach(site -> sites.add(site.asText()));
    if (sites.isEmpty()) {
      kind.sites().forEach(site -> sites.add(site.kebab()));
    }
    return List.of("parameters", "first-moments", "second-moments").containsAll(sites);
  }

  private void sites(String entry, FaultClass kind) {
    List<String> known = kind.sites().stream().map(Site::kebab).toList();
    for (int j = 0; j < fields.size(entry + "/sites"); j++) {
      String at = entry + "/sites/" + j;
      fields
          .text(at)
          .filter(site -> !known.contains(site))
          .ifPresent(
              site ->
                  fields.wrong(
                      at,
                      "is %s, which the class %s does not strike; expected one of %s"
                          .formatted(site, kind.kebab(), String.join(", ", known))));
    }
  }

  private void twice(String entry, FaultClass kind) {
    List<String> sites = new ArrayList<>();
    fields.node(entry + "/sites").forEach(site -> sites.add(site.asText()));
    if (sites.isEmpty()) {
      kind.sites().forEach(site -> sites.add(site.kebab()));
    }
    for (String site : sites) {
      for (int j = 0; j < fields.size(entry + "/bits"); j++) {
        Optional<String> bits = fields.text(entry + "/bits/" + j);
        String more = fields.node(entry + "/shapes") + "/" + fields.node(entry + "/lasts");
        if (bits.isPresent()
            && !strata.add(kind + "/" + site + "/" + BitRange.parse(bits.get()) + "/" + more)) {
          fields.wrong(
              entry + "/bits/" + j,
              "is %s of %s/%s again, expected each stratum once"
                  .formatted(bits.get(), kind.kebab(), site));
        }
      }
    }
  }

  private void strikes() {
    OptionalLong steps = fields.integer("/train/steps");
    OptionalLong after = fields.integer("/strikes/stepsAfter");
    OptionalLong from = fields.integer("/strikes/fromStep");
    if (!fields.has("/injections") || steps.isEmpty() || after.isEmpty() || from.isEmpty()) {
      return;
    }
    long last = steps.getAsLong() - after.getAsLong();
    OptionalLong to = fields.integer("/strikes/toStep");
    if (to.isPresent() && to.getAsLong() > last) {
      fields.wrong(
          "/strikes/toStep",
          "is %d, expected at most %d: %d steps are trained after the one that is struck, and"
                  .formatted(to.getAsLong(), last, after.getAsLong())
              + " train.steps is "
              + steps.getAsLong());
    }
    if (from.getAsLong() > to.orElse(last)) {
      fields.wrong(
          "/strikes/fromStep",
          "is %d, expected at most %d, the last step that can be struck"
              .formatted(from.getAsLong(), to.orElse(last)));
    }
    boolean stored = strata.stream().anyMatch(name -> name.contains(Site.STORED_COPY.kebab()));
    if (stored && from.getAsLong() < STORED_COPY_FROM) {
      fields.wrong(
          "/strikes/fromStep",
          "is %d, expected at least %d: a stored copy is an older version"
              .formatted(from.getAsLong(), STORED_COPY_FROM));
    }
  }

  /** A run must last until the detectors have looked, and the last compared version be kept. */
  private void everySteps(String detectors) {
    OptionalLong after = fields.integer("/strikes/stepsAfter");
    for (String key : List.of("stateDigest", "scrub")) {
      String at = detectors + "/" + key + "/every";
      OptionalLong every = fields.integer(at);
      if (fields.has("/injections")
          && every.isPresent()
          && after.isPresent()
          && every.getAsLong() > after.getAsLong() + 1) {
        fields.wrong(
            at,
            "is %d, expected at most strikes.stepsAfter + 1, %d: the run has to last until it looks"
                .formatted(every.getAsLong(), after.getAsLong() + 1));
      }
    }
  }

  /** What audits need: spares, and a version that was agreed on in the step before. */
  private void audits(String at) {
    if (fields.node(at + "/audits").asBoolean()) {
      fields.wrong(at + "/audits", "is true, expected {fraction: Q} with Q above 0, or false");
    }
    if (!fields.has(at + "/audits/fraction")) {
      return;
    }
    if (fields.integer("/cluster/spares").orElse(0) < 1) {
      fields.wrong(at + "/audits", "need at least one spare to do them: cluster.spares is 0");
    }
    String digests = fields.has(at + "/stateDigest") ? at : "/detect";
    if (!OptionalLong.of(1).equals(fields.integer(digests + "/stateDigest/every"))) {
      fields.wrong(
          at + "/audits",
          "need stateDigest: {every: 1}: a step is audited on the version before it, which must be"
              + " agreed on");
    }
  }

  /** What checksums on products need: versions that are agreed on in each step. */
  private void abft(String at) {
    String checks = fields.has(at + "/abft") ? at : "/detect";
    String digests = fields.has(at + "/stateDigest") ? at : "/detect";
    boolean agreed = OptionalLong.of(1).equals(fields.integer(digests + "/stateDigest/every"));
    if (!agreed && !fields.text(checks + "/abft").orElse("none").equals("none")) {
      fields.wrong(checks + "/abft", MeaningChecks.ABFT_NEEDS);
    }
  }

  private void arms() {
    DiskChecks.none(fields);
    for (String arm : keys("/arms")) {
      String at = pointer("/arms", arm);
      everySteps(at);
      audits(at);
      abft(at);
      OptionalLong every = fields.integer(at + "/stateDigest/every");
      OptionalLong keep = fields.integer("/redundancy/keepVersions");
      if (every.isPresent() && keep.isPresent() && every.getAsLong() >= keep.getAsLong()) {
        fields.wrong(
            at + "/stateDigest/every",
            "is %d, expected less than redundancy.keepVersions, %d"
                .formatted(every.getAsLong(), keep.getAsLong()));
      }
    }
  }

  private void expect() {
    List<String> arms = keys("/arms");
    List<String> known = arms.isEmpty() ? List.of(CampaignReader.ONLY_ARM) : arms;
    for (String arm : keys("/expect/arms")) {
      if (!known.contains(arm)) {
        fields.wrongKey(
            pointer("/expect/arms", arm),
            "names no arm"
                + Suggestion.didYouMean(arm, known)
                + " (arms are "
                + String.join(", ", known)
                + ")");
      }
    }
    if (fields.has("/expect/falseAlarms") && !fields.has("/noFault")) {
      fields.wrongKey(
          "/expect/falseAlarms", "is of clean trainings, expected noFault with their steps");
    }
  }

  private List<String> keys(String pointer) {
    JsonNode node = fields.node(pointer);
    return node.properties().stream().map(Map.Entry::getKey).toList();
  }

  private static String pointer(String parent, String key) {
    return JsonPointer.compile(parent).appendProperty(key).toString();
  }
}
