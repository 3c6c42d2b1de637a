package dev.redoubt.redundancy;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.redundancy.ParityStripes.Range;
import dev.redoubt.store.BlockSink;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.PullResult;
import dev.redoubt.store.ShardVersion;
import dev.redoubt.store.TransferException;
import dev.redoubt.store.VersionStore;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The sums of a parity group over the fabric: makes a member's own out of stripes of all others,
 * and computes a lost shard out of the others' stripes and sums.
 *
 * <p>Whoever gives a part digests all of the memory that it is cut from, and is refused if that is
 * not what is wanted; each block is verified where it arrives, and added up at once, so that no
 * stripe is ever held. Nothing but the sum itself could tell whether it was added up right, so a
 * shard that was computed counts only if it has the digest that was agreed on.
 */
public final class SumTransfer {

  /** Nobody in particular. */
  public static final int NOBODY = -1;

  /**
   * What one of several donors has.
   *
   * @param member of the group
   * @param donor its name
   * @param agreed the digest of its shard
   * @param sum the digest of its sum; null if that is not wanted
   */
  public record Source(int member, String donor, Digest agreed, @Nullable Digest sum) {}

  /**
   * How it ended.
   *
   * @param member whose part was the reason, if it did not end well; otherwise {@link #NOBODY}
   * @param digests of what was made; null if nothing was
   */
  public record Outcome(PullResult result, int member, @Nullable BlockDigests digests) {

    private static Outcome made(PullResult result, BlockDigests digests) {
      return new Outcome(result, NOBODY, digests);
    }

    private static Outcome failed(PullResult result, int member) {
      return new Outcome(result, member, null);
    }
  }

  private final Endpoint endpoint;
  private final long epoch;
  private final long version;
  private final ParityStripes stripes;
  private final Duration patience;
  private final Map<Asked, BlockDigests> digests = new HashMap<>();
  private int blocks;
  private long bytes;

  private record Asked(String donor, long number) {}

  /**
   * A transfer, for one use.
   *
   * @param patience how long to wait for the digests of a donor, and for each block
   */
  public SumTransfer(
      Endpoint endpoint, long epoch, long version, ParityStripes stripes, Duration patience) {
    this.endpoint = endpoint;
    this.epoch = epoch;
    this.version = version;
    this.stripes = stripes;
    this.patience = patience;
  }

  /**
   * Makes {@code target} hold the sum of a member, sealed with its digests.
   *
   * @param others all other members, with the digests of their shards
   * @param target that does not hold the version; it still does not if this fails
   * @throws dev.redoubt.store.StoreException if the target has no slot for the version
   */
  public Outcome make(int holder, List<Source> others, VersionStore target) {
    MemorySegment slot = target.begin(version);
    boolean sealed = false;
    try {
      slot.fill((byte) 0);
      for (Source other : others) {
        PullResult result = addStripe(other, holder, slot);
        if (!(result instanceof PullResult.Pulled)) {
          return Outcome.failed(result, other.member());
        }
      }
      BlockDigests made = BlockDigests.read(slot);
      target.seal(version, made);
      sealed = true;
      return Outcome.made(new PullResult.Pulled(blocks, bytes), made);
    } finally {
      if (!sealed) {
        target.abandon(version);
      }
    }
  }

  /**
   * Computes the shard of a member.
   *
   * @param agreed the digest that it has to have
   * @param others all other members, with the digests of their shards and sums
   * @param into native memory of its length. What is there after a failure is of no use
   */
  public Outcome restore(int lost, Digest agreed, List<Source> others, MemorySegment into) {
    into.fill((byte) 0);
    for (Source holder : others) {
      Range range = stripes.stripe(lost, holder.member());
      MemorySegment stripe = into.asSlice(range.offset(), range.bytes());
      PullResult sum = addSum(holder, stripe);
      if (!(sum instanceof PullResult.Pulled)) {
        return Outcome.failed(sum, holder.member());
      }
      for (Source other : others) {
        if (other.member() != holder.member()) {
          PullResult term = addStripe(other, holder.member(), stripe);
          if (!(term instanceof PullResult.Pulled)) {
            return Outcome.failed(term, other.member());
          }
        }
      }
    }
    BlockDigests computed = BlockDigests.read(into);
    return computed.root().equals(agreed)
        ? Outcome.made(new PullResult.Pulled(blocks, bytes), computed)
        : Outcome.failed(new PullResult.DonorCorrupt(computed.root()), NOBODY);
  }

  private PullResult addStripe(Source source, int holder, MemorySegment into) {
    Range range = stripes.stripe(source.member(), holder);
    return add(
        source.donor(),
        version,
        source.agreed(),
        stripes.shardBytes(source.member()),
        new Range(range.offset(), Math.min(range.bytes(), into.byteSize())),
        into);
  }

  private PullResult addSum(Source source, MemorySegment into) {
    Digest sum = source.sum();
    if (sum == null) {
      throw new IllegalArgumentException("member " + source.member() + " is to give its sum too");
    }
    long whole = stripes.parityBytes(source.member());
    return add(
        source.donor(),
        ShardVersion.of(source.member(), version),
        sum,
        whole,
        new Range(0, Math.min(whole, into.byteSize())),
        into);
  }

  /** Adds a run of bytes, from the beginning of a block on, to the first of {@code into}. */
  private PullResult add(
      String donor, long asked, Digest root, long whole, Range range, MemorySegment into) {
    if (range.bytes() == 0) {
      return new PullResult.Pulled(0, 0);
    }
    try {
      BlockDigests wanted = digests(donor, asked);
      if (wanted.count() != BlockDigests.count(whole) || !wanted.root().equals(root)) {
        return new PullResult.DonorCorrupt(wanted.root());
      }
      int first = Math.toIntExact(range.offset() / BlockDigest.BLOCK_BYTES);
      int[] run = IntStream.range(first, first + BlockDigests.count(range.bytes())).toArray();
      Terms terms = new Terms(wanted, whole, into.asSlice(0, range.bytes()), first);
      endpoint.blocks(donor, epoch, asked, run, terms, patience);
      return terms.corrupt < 0
          ? new PullResult.Pulled(blocks, bytes)
          : new PullResult.ArrivedCorrupt(terms.corrupt);
    } catch (TransferException e) {
      return switch (e.reason()) {
        case GONE, TIMED_OUT -> new PullResult.DonorGone(String.valueOf(e.getMessage()));
        case MISSING -> new PullResult.VersionMissing(version);
        case STALE_EPOCH -> new PullResult.EpochRefused(epoch);
      };
    }
  }

  /** Asked for once: what is given later is verified against them anyway. */
  private BlockDigests digests(String donor, long asked) throws TransferException {
    Asked key = new Asked(donor, asked);
    BlockDigests known = digests.get(key);
    if (known == null) {
      known = endpoint.digests(donor, epoch, asked, patience);
      digests.put(key, known);
    }
    return known;
  }

  /** Verifies blocks as they arrive, and adds them up. */
  private final class Terms implements BlockSink {

    private final BlockDigests wanted;
    private final long whole;
    private final MemorySegment into;
    private final int first;
    private int corrupt = -1;

    Terms(BlockDigests wanted, long whole, MemorySegment into, int first) {
      this.wanted = wanted;
      this.whole = whole;
      this.into = into;
      this.first = first;
    }

    @Override
    public boolean block(int index, MemorySegment block, long digest) {
      if (block.byteSize() != BlockDigests.length(index, whole) || digest != wanted.block(index)) {
        corrupt = index;
        return false;
      }
      // Of the last block no more is wanted than there is of a shorter stripe.
      long at = BlockDigests.offset(index - first);
      long length = Math.min(block.byteSize(), into.byteSize() - at);
      Xor.into(into.asSlice(at, length), block.asSlice(0, length));
      blocks++;
      bytes += block.byteSize();
      return true;
    }
  }
}
