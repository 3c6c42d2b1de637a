package dev.redoubt.store;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Takes the blocks of a transfer as they arrive. */
@FunctionalInterface
public interface BlockSink {

  /**
   * Takes one block. It is to be verified: it may have been corrupted anywhere on its way.
   *
   * @param index of the block in its shard
   * @param bytes native, valid only during the call: the block's place in {@link #target}, or
   *     read-only memory of the endpoint
   * @param digest of these bytes ({@link dev.redoubt.digest.BlockDigest}), which the endpoint took
   *     when they had arrived, while they were in the cache; of a length that no block has,
   *     anything
   * @return whether to go on with the next block
   */
  boolean block(int index, MemorySegment bytes, long digest);

  /**
   * Memory for the whole shard, exactly as long. Blocks are then written to their places in it
   * before they are {@link #block taken}, without a copy on the way; a transfer that fails leaves
   * anything in the places of the blocks that were not taken. It must stay open during the call
   * that this sink is given to.
   *
   * @return null if the endpoint is to lend memory
   */
  default @Nullable MemorySegment target() {
    return null;
  }
}
