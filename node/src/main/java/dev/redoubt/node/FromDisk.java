package dev.redoubt.node;

import dev.redoubt.core.Message.PullFlaw;
import dev.redoubt.core.WorkerEffect;
import dev.redoubt.core.WorkerEvent;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.store.VersionStore;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Brings a version from disk into a worker's memory, in the place of another worker's. The version
 * that the run began with needs no file: 0 is made from the seed.
 *
 * @param first the version that the run began with
 */
record FromDisk(Workbench bench, long first) {

  /** It is read beside the store first: what cannot be used leaves no trace in it. */
  WorkerEvent restore(WorkerEffect.StartPull doing) {
    VersionStore store = bench.store();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(store.shardBytes(), 64);
      VersionFiles.Read read = read(doing, bytes);
      BlockDigests digests = read.digests();
      if (digests == null) {
        return broke(doing, read.flaw(), read.detail());
      }
      put(store, doing.version(), bytes, digests);
      return new WorkerEvent.PullDone(
          doing.epoch(),
          doing.version(),
          doing.donor(),
          digests.root(),
          digests.count(),
          bytes.byteSize());
    }
  }

  private VersionFiles.Read read(WorkerEffect.StartPull doing, MemorySegment into) {
    if (doing.version() == first && first == 0) {
      BlockDigests made = bench.trainer().initialise(into);
      return made.root().equals(doing.agreed())
          ? new VersionFiles.Read(made, PullFlaw.VERSION_MISSING, "")
          : new VersionFiles.Read(
              null, PullFlaw.DONOR_CORRUPT, "the seed gives " + made.root() + " here");
    }
    VersionFiles files = Objects.requireNonNull(bench.files(), "nothing is kept on disk");
    return files.read(doing.version(), doing.agreed(), into);
  }

  private static WorkerEvent broke(WorkerEffect.StartPull doing, PullFlaw flaw, String detail) {
    return new WorkerEvent.PullBroke(doing.epoch(), doing.version(), doing.donor(), flaw, detail);
  }

  /** Into a slot of its own, or over what has rotted there. */
  static void put(VersionStore store, long version, MemorySegment bytes, BlockDigests digests) {
    if (store.find(version).isEmpty()) {
      store.begin(version).copyFrom(bytes);
      store.seal(version, digests);
      return;
    }
    for (int block = 0; block < digests.count(); block++) {
      long length = BlockDigests.length(block, bytes.byteSize());
      store.replaceBlock(version, block, bytes.asSlice(BlockDigests.offset(block), length));
    }
    store.reseal(version, digests);
  }
}
