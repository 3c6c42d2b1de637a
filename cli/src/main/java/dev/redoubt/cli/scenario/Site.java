package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.annotation.JsonValue;

/** Which memory a bit flips in. */
public enum Site implements Word {
  /** The parameters of the newest version. */
  PARAMETERS,
  /** The first moments of the newest version. */
  FIRST_MOMENTS,
  /** The second moments of the newest version. */
  SECOND_MOMENTS,
  /** The parameters of an older version, which nobody reads in the normal course. */
  STORED_COPY,
  /** A gradient before it leaves the worker: no comparison of states can see it. */
  GRADIENT;

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
