package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.annotation.JsonValue;

/** Where the copies of the model state are. */
public enum Scheme implements Word {
  /** The pods are each other's copies. */
  REPLICAS,
  /** Copies on neighbours. */
  BUDDY,
  /** One parity shard for each group. */
  PARITY,
  /** Disk, every so many steps: the baseline. */
  CHECKPOINT;

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
