package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.annotation.JsonValue;

/** Which layer of detection saw a fault. */
public enum Detector implements Word {
  /** Copies of a shard were compared. */
  STATE_DIGEST,
  /** A frame did not match the digest it was sent with. */
  FRAME_DIGEST,
  /** A gradient was not finite or out of proportion. */
  SCREEN,
  /** A stored version was read again. */
  SCRUB,
  /** A version was read again because somebody wanted to build on it. */
  BASE_CHECK,
  /** A block did not match its digest on arrival. */
  TRANSFER,
  /** A third worker replayed the step. */
  ARBITRATION,
  /** A spare computed a part of the step again before it counted. */
  AUDIT,
  /** A worker's own checksums of a matrix product did not fit. */
  ABFT,
  /** A machine gave a wrong answer to a known-answer test. */
  SCAN,
  /** A rank took several times as long as usual for its sums. */
  SLOW,
  /** Connections broke or the membership took the worker off. */
  MEMBERSHIP,
  /** An answer did not come in time. */
  DEADLINE;

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
