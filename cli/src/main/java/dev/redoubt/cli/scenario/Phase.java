package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.annotation.JsonValue;

/** When within a step a fault strikes. */
public enum Phase implements Word {
  /** While the gradients are computed. */
  COMPUTE,
  /** After the optimizer has written the new version. */
  UPDATE;

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
