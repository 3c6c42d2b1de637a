package dev.redoubt.redundancy;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.digest.DigestDescent.Ask;
import dev.redoubt.digest.DigestTree;
import dev.redoubt.store.BlockSink;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.Lease;
import dev.redoubt.store.TransferException;
import dev.redoubt.store.VersionStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A machine with a copy of a version, as a {@link SurgicalRepair} talks to it. */
public interface RepairDonor {

  /** The root of what its memory holds at this moment. */
  Digest root() throws TransferException;

  /** The nodes of its digest tree that are asked for. */
  long[] nodes(Ask ask) throws TransferException;

  /** Gives blocks, in the order asked for, until the sink wants no more. */
  void blocks(List<Integer> blocks, BlockSink sink) throws TransferException;

  /**
   * The copy of another machine. Its memory is digested when its root is asked for.
   *
   * @param patience how long to wait for each answer and each block
   */
  static RepairDonor of(
      Endpoint endpoint, String peer, long epoch, long version, Duration patience) {
    return new FabricRepairDonor(endpoint, peer, epoch, version, patience);
  }

  /**
   * The copy in a store of this process. Its memory is digested once, now.
   *
   * @return empty if the store does not keep the version; blocks asked for after it went are not
   *     given
   */
  static Optional<RepairDonor> of(VersionStore store, long version) {
    Optional<Lease> held = store.lease(version);
    if (held.isEmpty()) {
      return Optional.empty();
    }
    try (Lease lease = held.get()) {
      DigestTree tree = DigestTree.of(BlockDigests.read(lease.stored().bytes()));
      return Optional.of(new StoreRepairDonor(store, version, tree));
    }
  }
}
