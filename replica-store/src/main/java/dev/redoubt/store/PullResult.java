package dev.redoubt.store;

import dev.redoubt.digest.Digest;

/** How a {@link ShardTransfer} ended. */
public sealed interface PullResult {

  /**
   * The target holds the version, verified.
   *
   * @param blocks moved
   * @param bytes moved
   */
  record Pulled(int blocks, long bytes) implements PullResult {}

  /**
   * The donor's memory does not have the agreed digest. The target is untouched.
   *
   * @param found the root that the donor read
   */
  record DonorCorrupt(Digest found) implements PullResult {}

  /** A block did not arrive with the digest that the donor gave a moment before. */
  record ArrivedCorrupt(int block) implements PullResult {}

  /**
   * Every block arrived well, and yet the target's memory does not hold them: it is the target that
   * is broken.
   *
   * @param found the root that the target read
   */
  record TargetCorrupt(Digest found) implements PullResult {}

  /** The donor broke off or did not answer in time; in the second case it may be alive. */
  record DonorGone(String reason) implements PullResult {}

  /** The donor does not keep this version, or no longer. */
  record VersionMissing(long version) implements PullResult {}

  /** The donor has fenced the epoch: this worker's orders are out of date. */
  record EpochRefused(long epoch) implements PullResult {}
}
