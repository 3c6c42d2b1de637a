package dev.redoubt.cli.scenario;

import com.fasterxml.jackson.annotation.JsonValue;

/** Where the copies of the model state are. */
public enum Scheme implements Word {
  /** The pods are each other's copies. */
  REPLICAS,
  /** Copies with other ranks of the pod. */
  BUDDY,
  /** With each rank of a pod a sum of stripes of the others' shards. */
  PARITY,
  /** Disk, every so many steps: the baseline. */
  CHECKPOINT;

  @Override
  @JsonValue
  public String word() {
    return Word.of(this);
  }
}
