package dev.redoubt.redundancy;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.digest.DigestDescent;
import dev.redoubt.digest.DigestDescent.Ask;
import dev.redoubt.digest.DigestTree;
import dev.redoubt.store.BlockSink;
import dev.redoubt.store.StoredVersion;
import dev.redoubt.store.TransferException;
import dev.redoubt.store.VersionStore;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Mends a corrupt copy of a version: only the blocks that differ are fetched, and few digests to
 * find them.
 *
 * <p>If the version was sealed with the agreed digests, the copy itself knows which of its blocks
 * have rotted, and nothing is asked. If it was sealed with others, because it was computed wrong,
 * the blocks are found by a {@link DigestDescent} down the donor's tree. Either way the digests of
 * all blocks lead to the agreed root before a single byte is written, each block is verified where
 * it arrives, and the whole once more at the end.
 *
 * <p>Limit: a block is moved whole, 64 KiB for a flipped bit. Of 100 MB that is 0.07 %.
 */
public final class SurgicalRepair {

  /** Charged for each message: more than frame header, checksum, and TCP/IP headers take. */
  public static final int ENVELOPE_BYTES = 128;

  private final VersionStore target;
  private final long version;
  private final Digest agreed;
  private final RepairDonor donor;
  private long digests;
  private int messages;
  private long bytes;

  private SurgicalRepair(VersionStore target, long version, Digest agreed, RepairDonor donor) {
    this.target = target;
    this.version = version;
    this.agreed = agreed;
    this.donor = donor;
  }

  /**
   * Makes the target's copy of {@code version} the agreed one.
   *
   * @param agreed the root that all copies should have
   * @throws dev.redoubt.store.StoreException if the target does not keep the version, or if it is
   *     read for too long
   * @throws TransferException as the donor throws it
   */
  public static RepairResult run(
      VersionStore target, long version, Digest agreed, RepairDonor donor)
      throws TransferException {
    return new SurgicalRepair(target, version, agreed, donor).run();
  }

  private RepairResult run() throws TransferException {
    BlockDigests mine = target.reread(version);
    BlockDigests sealed = target.find(version).map(StoredVersion::digests).orElse(null);
    if (sealed != null && sealed.root().equals(agreed)) {
      return mend(differing(mine, sealed), sealed);
    }
    Digest theirs = donor.root();
    count(0, 0);
    count(Long.BYTES, 1);
    if (!theirs.equals(agreed)) {
      return new RepairResult.DonorCorrupt(theirs);
    }
    DigestDescent.Differences found = descend(mine);
    return found.leadsTo(agreed)
        ? mend(found.blocks(), found.theirs())
        : new RepairResult.AnswersWrong(found.theirs().root());
  }

  private static List<Integer> differing(BlockDigests mine, BlockDigests sealed) {
    return IntStream.range(0, mine.count())
        .filter(block -> mine.block(block) != sealed.block(block))
        .boxed()
        .toList();
  }

  private DigestDescent.Differences descend(BlockDigests mine) throws TransferException {
    DigestDescent descent = new DigestDescent(DigestTree.of(mine), agreed);
    for (Optional<Ask> ask = descent.ask(); ask.isPresent(); ask = descent.ask()) {
      long[] nodes = donor.nodes(ask.get());
      count(ask.get().bytes(), 0);
      count((long) nodes.length * Long.BYTES, nodes.length);
      descent.answer(nodes);
    }
    return descent.differences();
  }

  private void count(long messageBytes, long messageDigests) {
    messages++;
    bytes += ENVELOPE_BYTES + messageBytes;
    digests += messageDigests;
  }

  private RepairResult mend(List<Integer> blocks, BlockDigests wanted) throws TransferException {
    Arrivals arrivals = new Arrivals(blocks, wanted);
    if (!blocks.isEmpty()) {
      count((long) blocks.size() * Integer.BYTES, 0);
      donor.blocks(blocks, arrivals);
    }
    if (arrivals.corrupt >= 0) {
      return new RepairResult.ArrivedCorrupt(arrivals.corrupt);
    }
    if (arrivals.mended < blocks.size()) {
      return new RepairResult.DonorStopped(blocks.size() - arrivals.mended);
    }
    Digest now = target.reread(version).root();
    if (!now.equals(agreed)) {
      return new RepairResult.TargetCorrupt(now);
    }
    target.reseal(version, wanted);
    return new RepairResult.Repaired(arrivals.mended, digests, messages, bytes);
  }

  /** Verifies blocks and puts them into place. */
  private final class Arrivals implements BlockSink {

    private final List<Integer> blocks;
    private final BlockDigests wanted;
    private int mended;
    private int corrupt = -1;

    Arrivals(List<Integer> blocks, BlockDigests wanted) {
      this.blocks = blocks;
      this.wanted = wanted;
    }

    @Override
    public boolean block(int index, MemorySegment block, long digest) {
      count(Integer.BYTES + block.byteSize(), 0);
      if (!isNext(index, block.byteSize()) || digest != wanted.block(index)) {
        corrupt = index;
        return false;
      }
      target.replaceBlock(version, index, block);
      mended++;
      return true;
    }

    private boolean isNext(int index, long length) {
      return mended < blocks.size()
          && blocks.get(mended) == index
          && length == BlockDigests.length(index, target.shardBytes());
    }
  }
}
