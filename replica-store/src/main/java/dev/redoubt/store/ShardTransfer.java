package dev.redoubt.store;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a version of a shard from another worker: all of it if the target does not hold it, or
 * only the blocks that differ if it does.
 *
 * <p>The donor digests its memory anew, and is refused if the root is not the agreed one: never
 * heal from a donor that was not verified. Every block is verified where it arrives, and the whole
 * once more at the end. A transfer that fails leaves no version behind; a repair that fails leaves
 * blocks that were verified, so the copy is no worse than before.
 */
public final class ShardTransfer {

  private final Endpoint endpoint;
  private final String donor;
  private final long epoch;
  private final long asked;
  private final long version;
  private final VersionStore target;
  private final Duration patience;

  private ShardTransfer(
      Endpoint endpoint,
      String donor,
      long epoch,
      long asked,
      long version,
      VersionStore target,
      Duration patience) {
    this.asked = asked;
    this.endpoint = endpoint;
    this.donor = donor;
    this.epoch = epoch;
    this.version = version;
    this.target = target;
    this.patience = patience;
  }

  /**
   * Makes {@code target} hold {@code version} as {@code donor} has it.
   *
   * @param agreed the root that the donor must have; null when digests are off: then all blocks
   *     move, verified only against what the donor says of itself, and the version is sealed
   *     without digests
   * @param patience how long to wait for the digests, and for each block
   * @throws StoreException if the target has no slot for the version
   */
  public static PullResult pull(
      Endpoint endpoint,
      String donor,
      long epoch,
      long version,
      @Nullable Digest agreed,
      VersionStore target,
      Duration patience) {
    return pull(
        new ShardTransfer(endpoint, donor, epoch, version, version, target, patience), agreed);
  }

  /**
   * As above, from a donor that has another shard of its own, and {@code shard} as a guest.
   *
   * @param shard index of the shard
   */
  public static PullResult pullGuest(
      Endpoint endpoint,
      String donor,
      long epoch,
      int shard,
      long version,
      @Nullable Digest agreed,
      VersionStore target,
      Duration patience) {
    long asked = ShardVersion.of(shard, version);
    return pull(
        new ShardTransfer(endpoint, donor, epoch, asked, version, target, patience), agreed);
  }

  private static PullResult pull(ShardTransfer transfer, @Nullable Digest agreed) {
    try {
      return transfer.run(agreed);
    } catch (TransferException e) {
      return switch (e.reason()) {
        case GONE, TIMED_OUT -> new PullResult.DonorGone(String.valueOf(e.getMessage()));
        case MISSING -> new PullResult.VersionMissing(transfer.version);
        case STALE_EPOCH -> new PullResult.EpochRefused(transfer.epoch);
      };
    }
  }

  private PullResult run(@Nullable Digest agreed) throws TransferException {
    BlockDigests wanted = endpoint.digests(donor, epoch, asked, patience);
    boolean fits = wanted.count() == BlockDigests.count(target.shardBytes());
    if (!fits || (agreed != null && !agreed.equals(wanted.root()))) {
      return new PullResult.DonorCorrupt(wanted.root());
    }
    BlockDigests kept = agreed == null ? null : wanted;
    return target.find(version).isPresent() ? repair(wanted, kept) : transfer(wanted, kept);
  }

  private PullResult repair(BlockDigests wanted, @Nullable BlockDigests kept)
      throws TransferException {
    BlockDigests mine = target.reread(version);
    int[] blocks =
        IntStream.range(0, wanted.count())
            .filter(block -> kept == null || mine.block(block) != wanted.block(block))
            .toArray();
    Arrivals arrivals =
        new Arrivals(wanted, null, (block, bytes) -> target.replaceBlock(version, block, bytes));
    endpoint.blocks(donor, epoch, asked, blocks, arrivals, patience);
    PullResult result = arrivals.result(() -> target.reread(version));
    if (result instanceof PullResult.Pulled) {
      target.reseal(version, kept);
    }
    return result;
  }

  private PullResult transfer(BlockDigests wanted, @Nullable BlockDigests kept)
      throws TransferException {
    MemorySegment slot = target.begin(version);
    boolean sealed = false;
    try {
      // Blocks arrive in their places in the slot, so there is nothing to put.
      Arrivals arrivals = new Arrivals(wanted, slot, (_, _) -> {});
      int[] all = IntStream.range(0, wanted.count()).toArray();
      endpoint.blocks(donor, epoch, asked, all, arrivals, patience);
      PullResult result = arrivals.result(() -> BlockDigests.read(slot));
      if (result instanceof PullResult.Pulled) {
        target.seal(version, kept);
        sealed = true;
      }
      return result;
    } finally {
      if (!sealed) {
        target.abandon(version);
      }
    }
  }

  /** Verifies blocks as they arrive, puts them into place, and counts. */
  private final class Arrivals implements BlockSink {

    private final BlockDigests wanted;
    private final @Nullable MemorySegment slot;
    private final Placement placement;
    private int blocks;
    private long bytesMoved;
    private int corrupt = -1;

    Arrivals(BlockDigests wanted, @Nullable MemorySegment slot, Placement placement) {
      this.wanted = wanted;
      this.slot = slot;
      this.placement = placement;
    }

    @Override
    public boolean block(int index, MemorySegment bytes, long digest) {
      boolean whole = bytes.byteSize() == BlockDigests.length(index, target.shardBytes());
      if (!whole || digest != wanted.block(index)) {
        corrupt = index;
        return false;
      }
      placement.put(index, bytes);
      blocks++;
      bytesMoved += bytes.byteSize();
      return true;
    }

    @Override
    public @Nullable MemorySegment target() {
      return slot;
    }

    PullResult result(Supplier<BlockDigests> reread) {
      if (corrupt >= 0) {
        return new PullResult.ArrivedCorrupt(corrupt);
      }
      Digest found = reread.get().root();
      return found.equals(wanted.root())
          ? new PullResult.Pulled(blocks, bytesMoved)
          : new PullResult.TargetCorrupt(found);
    }
  }

  private interface Placement {
    void put(int block, MemorySegment bytes);
  }
}
