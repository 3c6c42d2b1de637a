package dev.redoubt.redundancy;

import dev.redoubt.digest.BlockDigest;

/**
 * How large the model state is.
 *
 * @param rankBytes of one rank's part of the state: parameters and both moments
 * @param keepVersions how many versions of everything a worker keeps in memory, the one that is
 *     being written included
 */
public record StateSize(long rankBytes, int keepVersions) {

  public StateSize {
    if (rankBytes <= 0 || rankBytes % Long.BYTES != 0) {
      throw new IllegalArgumentException(
          "a rank's part of the state has a positive multiple of 8 bytes, not " + rankBytes);
    }
    if (keepVersions < 2) {
      throw new IllegalArgumentException("a worker keeps at least 2 versions, not " + keepVersions);
    }
  }

  /**
   * Where a slice begins in the rank's part. Slices are whole digest blocks, as evenly as that
   * goes; the last one may end with a shorter block.
   *
   * @throws IllegalArgumentException if there are more slices than blocks
   */
  public long offset(int slice, int slices) {
    long blocks = (rankBytes + BlockDigest.BLOCK_BYTES - 1) / BlockDigest.BLOCK_BYTES;
    if (slices > blocks) {
      throw new IllegalArgumentException(
          "%d blocks cannot be shared out to %d pods".formatted(blocks, slices));
    }
    return Math.min(blocks * slice / slices * BlockDigest.BLOCK_BYTES, rankBytes);
  }

  /** Bytes of a slice. */
  public long bytes(int slice, int slices) {
    return offset(slice + 1, slices) - offset(slice, slices);
  }
}
