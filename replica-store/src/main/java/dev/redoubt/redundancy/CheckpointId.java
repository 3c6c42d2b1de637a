package dev.redoubt.redundancy;

import dev.redoubt.digest.Digest;
import java.util.Locale;

/**
 * Whose checkpoint it is. A file of another run, or of another rank, is never read by mistake.
 *
 * @param run a digest of all that makes the state what it is: seed, model, data
 * @param rank whose part of the state it is, from 0
 * @param ranks into how many parts the state is cut
 */
public record CheckpointId(Digest run, int rank, int ranks) {

  public CheckpointId {
    if (ranks < 1 || rank < 0 || rank >= ranks) {
      throw new IllegalArgumentException("there is no rank %d of %d".formatted(rank, ranks));
    }
  }

  /** How the names of all files of this shard begin. */
  String prefix() {
    return String.format(Locale.ROOT, "%s-rank%02dof%02d-", run, rank, ranks);
  }

  @Override
  public String toString() {
    return "run %s, rank %d of %d".formatted(run, rank, ranks);
  }
}
