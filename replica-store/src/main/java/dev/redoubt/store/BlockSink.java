package dev.redoubt.store;

import java.lang.foreign.MemorySegment;

/** Takes the blocks of a transfer as they arrive. */
@FunctionalInterface
public interface BlockSink {

  /**
   * Takes one block.
   *
   * @param bytes native, read-only, valid only during the call
   * @return whether to go on with the next block
   */
  boolean block(int index, MemorySegment bytes);
}
