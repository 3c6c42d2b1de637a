package dev.redoubt.store;

import dev.redoubt.digest.BlockDigests;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

record StoreDonor(VersionStore store) implements Donor {

  @Override
  public Optional<BlockDigests> digests(long version) {
    Optional<Lease> held = store.lease(version);
    if (held.isEmpty()) {
      return Optional.empty();
    }
    try (Lease lease = held.get()) {
      return Optional.of(BlockDigests.read(lease.stored().bytes()));
    }
  }

  @Override
  public int copyBlock(long version, int block, MemorySegment into) {
    Optional<Lease> held = store.lease(version);
    if (held.isEmpty()) {
      return -1;
    }
    try (Lease lease = held.get()) {
      MemorySegment bytes = lease.stored().bytes();
      if (block < 0 || block >= BlockDigests.count(bytes.byteSize())) {
        return -1;
      }
      long length = BlockDigests.length(block, bytes.byteSize());
      if (length > into.byteSize()) {
        return -1;
      }
      MemorySegment.copy(bytes, BlockDigests.offset(block), into, 0, length);
      return (int) length;
    }
  }

  @Override
  public Optional<Lease> hold(long version) {
    return store.lease(version);
  }
}
