package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.annotation.JsonValue;

/** Where the workers of a run live. */
public enum Mode implements Word {
  /** All in one JVM, joined over loopback. */
  LOCAL,
  /** One JVM each. */
  PROCESSES,
  /** The image, on a container network. */
  CONTAINERS,
  /** Virtual time, one thread. */
  SIM;

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
