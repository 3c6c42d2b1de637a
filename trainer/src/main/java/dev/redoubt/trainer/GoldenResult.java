package dev.redoubt.trainer;

import dev.redoubt.digest.Digest;

/** What a fault-free run ended on, and how it got there. */
public final class GoldenResult {

  private final double[] losses;
  private final long[] roots;

  GoldenResult(double[] losses, long[] roots) {
    this.losses = losses.clone();
    this.roots = roots.clone();
  }

  /** The digest of the last version: what every other run has to end on. */
  public Digest finalDigest() {
    return new Digest(roots[roots.length - 1]);
  }

  /** The mean loss of each step, in nats per token; step n is at n - 1. */
  public double[] losses() {
    return losses.clone();
  }

  /** The digest of each version from 0 to the last. */
  public long[] roots() {
    return roots.clone();
  }

  /** The digest of one version, from 0. */
  public Digest digest(int version) {
    return new Digest(roots[version]);
  }
}
