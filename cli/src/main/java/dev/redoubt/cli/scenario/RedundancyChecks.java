package dev.redoubt.cli.scenario;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Whether the copies that a scenario wants have a place, and can be taken. */
final class RedundancyChecks {

  private static final String SCHEME = "/redundancy/scheme";
  private static final String COPIES = "/redundancy/copies";
  private static final String KEEP = "/redundancy/keepVersions";

  /** The schemes in which the ranks of a pod keep something of each other. */
  private static final List<String> GUESTS = List.of("buddy", "parity");

  private final Fields fields;

  private RedundancyChecks(Fields fields) {
    this.fields = fields;
  }

  static void check(Fields fields) {
    RedundancyChecks checks = new RedundancyChecks(fields);
    Optional<String> scheme = fields.text(SCHEME).filter(GUESTS::contains);
    if (scheme.isPresent()) {
      checks.places(scheme.get());
      checks.versions(scheme.get());
    }
    if (fields.integer(COPIES).isPresent() && !scheme.equals(Optional.of("buddy"))) {
      fields.wrong(COPIES, "is for redundancy.scheme: buddy, expected no copies without it");
    }
  }

  /** What a rank keeps for others is of the other ranks of its pod. */
  private void places(String scheme) {
    OptionalLong ranks = fields.integer("/cluster/workersPerPod");
    if (ranks.isEmpty()) {
      return;
    }
    long others = ranks.getAsLong() - 1;
    if (others < 1) {
      fields.wrong(
          SCHEME,
          "is "
              + scheme
              + ", which needs cluster.workersPerPod: 2 or 4: what a rank keeps for others is of"
              + " the other ranks of its pod, and with 1 there are none; expected replicas, with"
              + " several pods, or more ranks");
      return;
    }
    OptionalLong copies = fields.integer(COPIES);
    if (copies.isPresent() && copies.getAsLong() > others) {
      fields.wrong(
          COPIES,
          "is %d, expected at most cluster.workersPerPod - 1, %d: the other ranks of the pod"
              .formatted(copies.getAsLong(), others));
    }
  }

  private void versions(String scheme) {
    OptionalLong keep = fields.integer(KEEP);
    if (keep.isPresent() && keep.getAsLong() < 3) {
      fields.wrong(
          KEEP,
          "is %d, expected 3 at least with %s: a guest may be one version older than what is computed on, and one is written"
              .formatted(keep.getAsLong(), scheme.equals("buddy") ? "buddies" : scheme));
    }
    if (!OptionalLong.of(1).equals(fields.integer("/detect/stateDigest/every"))) {
      fields.wrong(
          SCHEME,
          "is "
              + scheme
              + ", which needs detect.stateDigest: {every: 1}: a guest is taken of a version that"
              + " was agreed on, and is compared with its digest");
    }
  }
}
