package dev.redoubt.cli.scenario;

import java.util.Optional;
import java.util.OptionalLong;

/** What a scenario says of the disk, beside what it says of the scheme, the mode and the checks. */
final class DiskChecks {

  private static final String SCHEME = "/redundancy/scheme";
  private static final String EVERY = "/redundancy/everySteps";
  private static final String TIER = "/redundancy/diskTier";

  private final Fields fields;

  private DiskChecks(Fields fields) {
    this.fields = fields;
  }

  static void check(Fields fields) {
    DiskChecks checks = new DiskChecks(fields);
    if (fields.text(SCHEME).filter("checkpoint"::equals).isPresent()) {
      checks.baseline();
    } else {
      checks.lastResort();
    }
  }

  /** In virtual time there is no disk. */
  static void none(Fields fields) {
    if (fields.has(TIER) || fields.has(EVERY)) {
      fields.wrongKey(
          fields.has(TIER) ? TIER : EVERY,
          "is for runs: a campaign is in virtual time and keeps nothing on disk; expected neither"
              + " diskTier nor everySteps");
    }
  }

  private void baseline() {
    if (fields.has(TIER)) {
      fields.wrongKey(
          TIER,
          "stands beside scheme checkpoint, whose disk is no last resort; expected everySteps");
    }
    if (!fields.has(EVERY)) {
      fields.wrong(
          SCHEME, "is checkpoint, expected everySteps beside it: after how many steps to write");
      return;
    }
    written(SCHEME, EVERY);
  }

  private void lastResort() {
    if (fields.has(EVERY)) {
      fields.wrongKey(
          EVERY, "is for scheme checkpoint; expected diskTier: {everySteps: N} for a last resort");
    }
    if (fields.has(TIER)) {
      written(TIER, TIER + "/everySteps");
    }
  }

  /** What is written has to be verified, and to be found again. */
  private void written(String at, String every) {
    Optional<String> mode = fields.text("/mode");
    if (mode.filter("containers"::equals).isPresent()) {
      fields.wrong(
          at,
          "keeps versions below the run directory, which containers do not share; expected mode"
              + " local or processes");
    }
    OptionalLong compared = fields.integer("/detect/stateDigest/every");
    if (compared.orElse(0) < 1) {
      fields.wrong(
          at,
          "needs detect.stateDigest: what is read from disk is held against the digest that was"
              + " agreed");
    } else if (fields.integer(every).orElse(0) % compared.getAsLong() != 0) {
      fields.wrong(
          every,
          "is %d, expected a multiple of detect.stateDigest.every, %d: only a version whose copies were compared goes to disk"
              .formatted(fields.integer(every).getAsLong(), compared.getAsLong()));
    }
  }
}
