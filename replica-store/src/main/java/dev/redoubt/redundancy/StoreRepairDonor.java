package dev.redoubt.redundancy;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.digest.DigestDescent.Ask;
import dev.redoubt.digest.DigestTree;
import dev.redoubt.store.BlockSink;
import dev.redoubt.store.Lease;
import dev.redoubt.store.VersionStore;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** A copy in a store of this process. */
record StoreRepairDonor(VersionStore store, long version, DigestTree tree) implements RepairDonor {

  @Override
  public Digest root() {
    return tree.root();
  }

  @Override
  public long[] nodes(Ask ask) {
    return tree.answer(ask);
  }

  /** Each block under a lease of its own, so that a writer never waits for all of them. */
  @Override
  public void blocks(List<Integer> blocks, BlockSink sink) {
    for (int block : blocks) {
      Optional<Lease> held = store.lease(version);
      if (held.isEmpty()) {
        return;
      }
      try (Lease lease = held.get()) {
        MemorySegment bytes = lease.stored().bytes();
        long length = BlockDigests.length(block, bytes.byteSize());
        MemorySegment place = bytes.asSlice(BlockDigests.offset(block), length);
        if (!sink.block(block, place, BlockDigest.of(place, 0, length))) {
          return;
        }
      }
    }
  }
}
