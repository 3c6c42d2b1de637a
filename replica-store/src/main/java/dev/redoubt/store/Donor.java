package dev.redoubt.store;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.DigestTree;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;

/** What an endpoint gives to its peers. Called on a thread of the endpoint. */
public interface Donor {

  /** Digests the memory of a version now, so that rot is never copied as if it were well. */
  Optional<BlockDigests> digests(long version);

  /**
   * Copies a block of a version.
   *
   * @param into where to
   * @return the bytes copied, or -1 if there is no such version or block, or if it is longer
   */
  int copyBlock(long version, int block, MemorySegment into);

  /** The digests of {@link #digests} with the levels above them. */
  default Optional<DigestTree> tree(long version) {
    return digests(version).map(DigestTree::of);
  }

  /**
   * Holds a version for a short time, so that its blocks can be sent from where they lie.
   *
   * @return empty if the donor only copies
   */
  default Optional<Lease> hold(long version) {
    return Optional.empty();
  }

  /** Gives what {@code store} keeps. Each answer holds a lease only while it is made. */
  static Donor of(VersionStore store) {
    return new StoreDonor(store);
  }

  /**
   * Gives what {@code own} keeps, and guests, which are asked for by {@link ShardVersion}.
   *
   * @param guests by shard; it may change while this donor gives, and has to bear that
   */
  static Donor of(VersionStore own, Map<Integer, VersionStore> guests) {
    return new HostDonor(of(own), guests);
  }
}
