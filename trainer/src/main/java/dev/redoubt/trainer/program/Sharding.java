package dev.redoubt.trainer.program;

/** What of a value each rank of a pod has. */
public enum Sharding {
  /** All of it, the same bits on every rank. */
  REPLICATED,
  /** Consecutive rows: of a parameter and its gradient only. */
  ROWS,
  /** Consecutive columns. */
  COLUMNS,
  /** Some of the slices of which it is the sum. */
  PARTIAL;

  static Sharding of(Split split) {
    return switch (split) {
      case NONE -> REPLICATED;
      case ROWS -> ROWS;
      case COLUMNS -> COLUMNS;
    };
  }
}
