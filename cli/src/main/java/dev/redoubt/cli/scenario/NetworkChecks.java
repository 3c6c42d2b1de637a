package dev.redoubt.cli.scenario;

import dev.redoubt.fault.Trouble;
import java.util.List;
import java.util.OptionalLong;

/** What a schema cannot say about faults of the network. */
final class NetworkChecks {

  private final Fields fields;
  private final String fault;
  private final String kind;

  private NetworkChecks(Fields fields, String fault, String kind) {
    this.fields = fields;
    this.fault = fault;
    this.kind = kind;
  }

  /**
   * Checks a fault of a kind of {@link TroubleFile}.
   *
   * @param fault where it stands in the file
   */
  static void check(Fields fields, String fault, String kind) {
    NetworkChecks checks = new NetworkChecks(fields, fault, kind);
    checks.phase();
    checks.wire();
    if (TroubleFile.SHARES.contains(kind)) {
      checks.share();
    }
  }

  /** Later in a step its frames have left. */
  private void phase() {
    String phase = fields.text(fault + "/at/phase").orElse("compute");
    if (TroubleFile.FRAMES.contains(kind) && List.of("update", "attest").contains(phase)) {
      fields.wrong(
          fault + "/at/phase",
          "is " + phase + ", expected compute or reduce: by then the frames of the step have left");
    }
  }

  private void wire() {
    if (fields.text("/mode").filter("sim"::equals).isPresent()) {
      fields.wrong(
          fault + "/inject/kind",
          "is "
              + kind
              + ", but in mode sim there are no frames and no wire; expected another mode");
    }
    OptionalLong pods = fields.integer("/cluster/pods");
    OptionalLong ranks = fields.integer("/cluster/workersPerPod");
    boolean alone = pods.orElse(2) == 1 && ranks.orElse(2) == 1;
    if (alone && !kind.equals(Trouble.CutControl.KIND)) {
      fields.wrong(
          fault + "/inject/kind",
          "is " + kind + ", but a single worker has nobody to send frames to");
    }
  }

  private void share() {
    String at = fault + "/inject/";
    boolean drawn = fields.has(at + "probability");
    if (drawn && fields.has(at + "count")) {
      fields.wrongKey(at + "count", "stands beside probability, expected one of them");
    }
    if (!drawn && fields.has(at + "steps")) {
      fields.wrongKey(
          at + "steps",
          "goes with probability only: a count is of frames, in whatever step they come");
    }
  }
}
