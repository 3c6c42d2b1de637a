package dev.redoubt.trainer;

import dev.redoubt.digest.Digest;
import java.util.List;

/**
 * What a fault-free run ended on, and how it got there.
 *
 * <p>A shard's digest depends on how many ranks a pod has; the bits of the whole do not.
 */
public final class GoldenResult {

  private final double[] losses;
  private final List<List<Digest>> versions;

  /** Takes the losses of the steps, and for each version from 0 the digests of the ranks. */
  GoldenResult(double[] losses, List<List<Digest>> versions) {
    this.losses = losses.clone();
    this.versions = versions.stream().map(List::copyOf).toList();
  }

  /** Ranks that a pod has: in so many shards the versions are digested. */
  public int ranks() {
    return versions.getFirst().size();
  }

  /** The digest of the last version, of all shards: what every other run has to end on. */
  public Digest finalDigest() {
    return digest(versions.size() - 1);
  }

  /** The mean loss of each step, in nats per token; step n is at n - 1. */
  public double[] losses() {
    return losses.clone();
  }

  /** The digest of each version from 0 to the last, of all shards. */
  public long[] roots() {
    return versions.stream().mapToLong(ranks -> Digest.combine(ranks).value()).toArray();
  }

  /** The digest of one version, from 0, of all shards: the ranks' digests combined in order. */
  public Digest digest(int version) {
    return Digest.combine(versions.get(version));
  }

  /** The digest of a rank's shard at one version, both from 0. */
  public Digest digest(int version, int rank) {
    return versions.get(version).get(rank);
  }
}
