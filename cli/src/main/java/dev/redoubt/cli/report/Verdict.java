package dev.redoubt.cli.report;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.redoubt.cli.scenario.Word;

/** How a run is judged. */
public enum Verdict implements Word {
  /** Every fault struck and every expectation and invariant held. */
  PASSED,
  /** An expectation or an invariant did not hold. */
  FAILED,
  /** A fault did not strike or a figure could not be taken, so nobody can say. */
  INCONCLUSIVE,
  /** No whole copy of the state was left, and the scenario did not ask for that. */
  LOST,
  /** The user stopped the run. */
  INTERRUPTED;

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
