package dev.redoubt.redundancy;

import java.util.Set;

/**
 * A way to keep the model state through the loss of machines: who holds what, what that costs, how
 * a shard comes back, and how many losses at once it survives.
 *
 * <p>A scheme is arithmetic over a {@link Shape}. The same question always has the same answer, on
 * every machine, so nobody has to be told where a copy is.
 *
 * <p>Survival means that each shard is still in somebody's reach. Whether there are machines enough
 * to go on is another question.
 */
public sealed interface Scheme permits Replicas, Buddy, Parity, Checkpoint {

  /** The scheme and its figures in a few words, as tables print it. */
  String title();

  /**
   * Who holds what.
   *
   * @throws IllegalArgumentException if the mesh is too small for the scheme, with what is missing
   */
  Placement place(Shape mesh);

  /**
   * Where a shard comes from after a loss.
   *
   * @param placement made by {@link #place}
   * @param lost the places whose memory is gone, all at once
   */
  Source source(Placement placement, ShardId shard, Set<Place> lost);

  /** How many ways to lose machines, or whole pods, leave every shard in reach, by formula. */
  Survival survival(Shape mesh);

  /**
   * What a worker spends in an average step without losses.
   *
   * @param placement made by {@link #place}
   */
  Load load(Placement placement, Place place, StateSize state);

  /** Whether every shard is still in somebody's reach. */
  default boolean survives(Placement placement, Set<Place> lost) {
    return placement.shards().stream()
        .noneMatch(shard -> source(placement, shard, lost) instanceof Source.Gone);
  }
}
