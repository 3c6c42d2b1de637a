package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.annotation.JsonValue;

/** When within a step a fault strikes. */
public enum Phase implements Word {
  /** The controller has decided on the step, and has told nobody. */
  PLAN,
  /** While the gradients are computed. */
  COMPUTE,
  /** Before the first part of a partial sum is sent. */
  REDUCE,
  /** After the optimizer has written the new version. */
  UPDATE,
  /** The new version is there, and nobody has heard of it. */
  ATTEST,
  /** The controller has heard all, and has written down nothing. */
  COMMIT;

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
