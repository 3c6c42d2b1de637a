package dev.redoubt.cli.scenario;

import java.util.OptionalLong;

/** Whether the copies that a scenario wants have a place, and can be taken. */
final class RedundancyChecks {

  private static final String SCHEME = "/redundancy/scheme";
  private static final String COPIES = "/redundancy/copies";
  private static final String KEEP = "/redundancy/keepVersions";

  private final Fields fields;

  private RedundancyChecks(Fields fields) {
    this.fields = fields;
  }

  static void check(Fields fields) {
    RedundancyChecks checks = new RedundancyChecks(fields);
    if (fields.text(SCHEME).filter("buddy"::equals).isPresent()) {
      checks.places();
      checks.versions();
    } else if (fields.integer(COPIES).isPresent()) {
      fields.wrong(COPIES, "is for redundancy.scheme: buddy, expected no copies without it");
    }
  }

  /** The buddies of a rank are the other ranks of its pod. */
  private void places() {
    OptionalLong ranks = fields.integer("/cluster/workersPerPod");
    if (ranks.isEmpty()) {
      return;
    }
    long others = ranks.getAsLong() - 1;
    if (others < 1) {
      fields.wrong(
          SCHEME,
          "is buddy, which needs cluster.workersPerPod: 2 or 4: the buddies of a rank are the other"
              + " ranks of its pod, and with 1 there are none; expected replicas, with several"
              + " pods, or more ranks");
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

  private void versions() {
    OptionalLong keep = fields.integer(KEEP);
    if (keep.isPresent() && keep.getAsLong() < 3) {
      fields.wrong(
          KEEP,
          "is %d, expected 3 at least with buddies: a guest may be one version older than what is computed on, and one is written"
              .formatted(keep.getAsLong()));
    }
    if (!OptionalLong.of(1).equals(fields.integer("/detect/stateDigest/every"))) {
      fields.wrong(
          SCHEME,
          "is buddy, which needs detect.stateDigest: {every: 1}: a guest is taken of a version that"
              + " was agreed on, and is compared with its digest");
    }
  }
}
