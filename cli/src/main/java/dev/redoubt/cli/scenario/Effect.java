package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.annotation.JsonValue;

/** What became of a fault. */
public enum Effect implements Word {
  /** It struck where nothing was read. */
  NOT_ACTIVATED,
  /** It was read and changed no final bit. */
  MASKED,
  /** It was found and undone. */
  CORRECTED,
  /** The final bits are not golden. */
  ESCAPED,
  /** A worker was gone. */
  CRASH,
  /** A worker stood still, or the run did because of it. */
  HANG,
  /** No whole copy of the state was left. */
  LOST;

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
