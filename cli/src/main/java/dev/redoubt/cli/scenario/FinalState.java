package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.annotation.JsonValue;

/** How a run is to end. */
public enum FinalState implements Word {
  /** On the bits of a fault-free run. */
  GOLDEN,
  /** On other bits: for scenarios that show a blind spot. */
  ESCAPED,
  /** Without a whole copy of the state. */
  LOST,
  /** Not checked. */
  ANY;

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
