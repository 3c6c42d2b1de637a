package dev.redoubt.store;

import dev.redoubt.digest.BlockDigests;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** What an endpoint gives to its peers. Called on a thread of the endpoint. */
public interface Donor {

  /** Digests the memory of a version now, so that rot is never copied as if it were well. */
  Optional<BlockDigests> digests(long version);

  /**
   * Copies a block of a version.
   *
   * @param into at least a block long
   * @return the bytes copied, or -1 if there is no such version or block
   */
  int copyBlock(long version, int block, MemorySegment into);

  /** Gives what {@code store} keeps. Each answer holds a lease only while it is made. */
  static Donor of(VersionStore store) {
    return new StoreDonor(store);
  }
}
