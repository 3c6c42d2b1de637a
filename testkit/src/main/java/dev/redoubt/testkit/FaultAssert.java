package dev.redoubt.testkit;

import com.fasterxml.jackson.databind.JsonNode;

/** Assertions on one fault of a run. */
public final class FaultAssert {

  private final ReportAssert report;
  private final String id;
  private final JsonNode fault;

  FaultAssert(ReportAssert report, String id, JsonNode fault) {
    this.report = report;
    this.id = id;
    this.fault = fault;
  }

  /** It struck, and the run has the proof. */
  public FaultAssert struck() {
    if (!fault.path("struck").asBoolean()) {
      report.fail("expected fault '%s' to strike, but nothing proves that it did", id);
    }
    return this;
  }

  /** A detector found it. */
  public FaultAssert wasDetected() {
    struck();
    if (!fault.path("detected").asBoolean()) {
      report.fail(
          "expected fault '%s' to be detected, but no detector saw it; struck at step %s: %s",
          id, fault.path("struckAtStep"), fault.path("evidence").asText());
    }
    return this;
  }

  /** A detector found it within so many steps. */
  public FaultAssert wasDetectedWithin(int steps) {
    wasDetected();
    long late = fault.path("detectedAtStep").asLong() - fault.path("struckAtStep").asLong();
    if (late > steps) {
      report.fail(
          "expected fault '%s' to be detected within %d steps, but it took %d", id, steps, late);
    }
    return this;
  }

  /** No detector saw it. */
  public FaultAssert wasNotDetected() {
    struck();
    if (fault.path("detected").asBoolean()) {
      report.fail(
          "expected fault '%s' to go unseen, but %s detected it",
          id, fault.path("detectedBy").asText());
    }
    return this;
  }

  /** The detector that found it, such as {@code state-digest}. */
  public FaultAssert wasDetectedBy(String detector) {
    wasDetected();
    return is("detectedBy", detector);
  }

  /** Who was blamed: {@link RedoubtAssertions#place}. */
  public FaultAssert blamedOn(String place) {
    wasDetected();
    return is("blamed", place);
  }

  /** What was done, such as {@code repaired}. */
  public FaultAssert wasHandledBy(String response) {
    struck();
    return is("response", response);
  }

  private FaultAssert is(String field, String wanted) {
    String observed = fault.path(field).asText("(none)");
    if (!observed.equals(wanted)) {
      report.fail("expected fault '%s' to have %s %s, but it is %s", id, field, wanted, observed);
    }
    return this;
  }

  /** Goes on with the whole report. */
  public ReportAssert and() {
    return report;
  }
}
