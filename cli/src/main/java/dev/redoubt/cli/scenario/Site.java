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
  GRADIENT,
  /** What an operation of a microbatch writes. */
  ACTIVATIONS,
  /** What a matrix product of a microbatch writes, before its check looks. */
  PRODUCT,
  /** The ids of a microbatch's tokens. */
  TOKENS,
  /** The sum over all microbatches, as one worker is about to read it. */
  REDUCED_GRADIENT,
  /** The digest that a worker attests. */
  DIGEST,
  /** The digest that a checker says of a sum that it has computed again. */
  AUDIT;

  /** Whether it is a number of 64 bits rather than floats. */
  boolean isDigest() {
    return this == DIGEST || this == AUDIT;
  }

  /** Whether it belongs to one microbatch. */
  boolean ofMicrobatch() {
    return this == GRADIENT || ofOperations() || this == TOKENS;
  }

  /** Whether it is cut into operations. */
  boolean ofOperations() {
    return this == ACTIVATIONS || this == PRODUCT;
  }

  /** Whether it is cut into tensors. */
  boolean hasTensors() {
    return !ofOperations() && this != TOKENS && !isDigest();
  }

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
