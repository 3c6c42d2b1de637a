package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.annotation.JsonValue;

/** What a storm draws from. */
public enum StormKind implements Word {
  /** A worker is gone. */
  CRASH,
  /** A worker stands still for good. */
  HANG,
  /** A worker stands still for a while, shorter or longer than it is waited for. */
  PAUSE,
  /** A worker is cut off for a while. */
  PARTITION,
  /** A bit flips in a worker's parameters or moments. */
  BIT_FLIP,
  /** The controller is gone. */
  CONTROLLER_CRASH;

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
