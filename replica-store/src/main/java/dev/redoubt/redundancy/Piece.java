package dev.redoubt.redundancy;

/** Something that a worker holds for the sake of the model state. */
public sealed interface Piece {

  /** The shard that the worker trains on. */
  record Own(ShardId shard) implements Piece {}

  /** A copy of another worker's shard. */
  record Copy(ShardId shard) implements Piece {}

  /**
   * The sum of one stripe of the shard of each other member of a parity group.
   *
   * @param group index in {@link Placement#groups}
   */
  record ParityStripe(int group) implements Piece {}

  /** A file with an older version of the worker's own shard, on the worker's disk. */
  record DiskFile(ShardId shard) implements Piece {}
}
