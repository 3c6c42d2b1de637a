package dev.redoubt.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.AbstractDoubleAssert;
import org.assertj.core.api.Assertions;

/** Assertions on what came out of a run; failures say how to run it again. */
public final class ReportAssert extends AbstractAssert<ReportAssert, Report> {

  ReportAssert(Report report) {
    super(report, ReportAssert.class);
  }

  /** Every expectation of the scenario held. */
  public ReportAssert passed() {
    isNotNull();
    if (!actual.verdict().equals("passed") || actual.exitCode() != 0) {
      fail(
          "expected the scenario to pass, but it %s (exit code %d): %s",
          actual.verdict(), actual.exitCode(), actual.reason());
    }
    return this;
  }

  /** Every pod ended on the bits of the fault-free run. */
  public ReportAssert endedOnGoldenBits() {
    isNotNull();
    if (!actual.isGolden()) {
      fail(
          "expected every pod to end on the golden bits %s, but they are %s: %s",
          actual.summary().path("goldenDigest").asText("(none)"),
          actual.summary().path("finalDigests"),
          actual.reason());
    }
    return this;
  }

  /** All steps are there, and every sample was used once. */
  public ReportAssert lostNothing() {
    isNotNull();
    JsonNode samples = actual.summary().path("samples");
    long expected = samples.path("expected").asLong(-1);
    long used = samples.path("used").asLong();
    long twice = samples.path("duplicated").asLong();
    long steps = actual.summary().path("steps").asLong(-1);
    long done = actual.summary().path("stepsDone").asLong();
    if (expected != used || twice != 0 || steps != done) {
      fail(
          "expected all of %d steps and each of %d samples once, but there are %d steps, %d samples"
              + " used and %d of them twice",
          steps, expected, done, used, twice);
    }
    return this;
  }

  /** No alarm was raised that no fault explains. */
  public ReportAssert hasNoFalseAlarms() {
    isNotNull();
    if (actual.falseAlarms() != 0) {
      fail("expected no false alarm, but there are %d", actual.falseAlarms());
    }
    return this;
  }

  /** Goes on with the goodput. */
  public AbstractDoubleAssert<?> goodput() {
    isNotNull();
    return Assertions.assertThat(actual.goodput()).as("goodput; %s", again());
  }

  /** Goes on with one fault of the scenario. */
  public FaultAssert fault(String id) {
    isNotNull();
    return new FaultAssert(this, id, actual.fault(id));
  }

  private String again() {
    return "again: " + actual.replayCommand();
  }

  @SuppressWarnings("AnnotateFormatMethod") // Called with constants of this package only.
  void fail(String message, Object... values) {
    failWithMessage("%s%n%s", message.formatted(values), again());
  }
}
