package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.annotation.JsonValue;

/** Which way a cut network lets nothing pass, as those see it that are cut off. */
public enum Direction implements Word {
  /** Neither way. */
  BOTH,
  /** Nothing reaches them. */
  IN,
  /** What they say reaches nobody. */
  OUT;

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
