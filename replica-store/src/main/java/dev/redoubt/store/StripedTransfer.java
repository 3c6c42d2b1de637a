package dev.redoubt.store;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Fetches a version of a shard from several workers at once, each giving stripes of it.
 *
 * <p>First some donor has to give digests of all blocks that lead to the agreed root. From then on
 * nobody is trusted: each block is verified against them where it arrives, so a donor need not read
 * its whole copy before it may give a part. A donor that dies, lacks the version or gives a wrong
 * block drops out, and what it still owed is fetched from the others. If none is left, {@link #run}
 * may be called again with others, in a newer epoch too, and goes on where it was.
 *
 * <p>Used by one thread, the one that writes the store.
 */
public final class StripedTransfer implements AutoCloseable {

  /** Blocks that are asked of a donor at a time: 2 MiB. */
  private static final int STRIPE_BLOCKS = 32;

  private final VersionStore target;
  private final long version;
  private final Digest agreed;
  private final boolean isRepair;
  private @Nullable BlockDigests wanted;
  private @Nullable MemorySegment slot;

  /** Blocks that are not there yet and are asked of nobody; guarded by itself. */
  private final BitSet missing = new BitSet();

  /**
   * Makes {@code target} hold {@code version}, all of it or only what differs in its copy.
   *
   * @param agreed the root that it shall have
   */
  public StripedTransfer(VersionStore target, long version, Digest agreed) {
    this.target = target;
    this.version = version;
    this.agreed = agreed;
    this.isRepair = target.find(version).isPresent();
  }

  /**
   * Fetches what is missing.
   *
   * @param patience how long to wait for digests, and for each block
   * @throws StoreException if the target has no slot for the version
   */
  public StripedResult run(Endpoint endpoint, long epoch, List<String> donors, Duration patience) {
    Attempt attempt = new Attempt(endpoint, epoch, patience);
    List<String> left = new ArrayList<>(donors);
    BlockDigests known = wanted;
    while (known == null && !left.isEmpty()) {
      known = attempt.ask(left.getFirst());
      if (known == null) {
        left.removeFirst();
      }
    }
    if (known == null) {
      return new StripedResult.Incomplete(-1, attempt.dropped);
    }
    if (wanted == null) {
      begin(known);
    }
    attempt.fetch(left, known);
    return end(attempt, known);
  }

  private void begin(BlockDigests known) {
    if (isRepair) {
      BlockDigests mine = target.reread(version);
      IntStream.range(0, known.count())
          .filter(block -> mine.block(block) != known.block(block))
          .forEach(missing::set);
    } else {
      slot = target.begin(version);
      missing.set(0, known.count());
    }
    wanted = known;
  }

  private StripedResult end(Attempt attempt, BlockDigests known) {
    if (!missing.isEmpty()) {
      return new StripedResult.Incomplete(missing.cardinality(), attempt.dropped);
    }
    MemorySegment written = slot;
    Digest found =
        written == null ? target.reread(version).root() : BlockDigests.read(written).root();
    if (!found.equals(agreed)) {
      missing.set(0, known.count());
      return new StripedResult.TargetCorrupt(found, attempt.dropped);
    }
    if (written == null) {
      target.reseal(version, known);
    } else {
      target.seal(version, known);
      slot = null;
    }
    return new StripedResult.Pulled(attempt.blocks, attempt.bytes, attempt.dropped);
  }

  /** Gives the slot back if the version is not complete. */
  @Override
  public void close() {
    if (slot != null) {
      slot = null;
      target.abandon(version);
    }
  }

  /** The next blocks to ask for, which nobody else asks for; empty if there are none. */
  private int[] stripe() {
    synchronized (missing) {
      int[] blocks = missing.stream().limit(STRIPE_BLOCKS).toArray();
      IntStream.of(blocks).forEach(missing::clear);
      return blocks;
    }
  }

  private void putBack(int[] blocks, int from) {
    synchronized (missing) {
      for (int i = from; i < blocks.length; i++) {
        missing.set(blocks[i]);
      }
    }
  }

  /** One call of {@link #run}. */
  private final class Attempt {

    private final Endpoint endpoint;
    private final long epoch;
    private final Duration patience;
    private final List<StripedResult.Dropped> dropped = new ArrayList<>();
    private final Map<String, Integer> blocks = new TreeMap<>();
    private long bytes;

    Attempt(Endpoint endpoint, long epoch, Duration patience) {
      this.endpoint = endpoint;
      this.epoch = epoch;
      this.patience = patience;
    }

    /** The digests that lead to the agreed root; null if this donor does not have them. */
    @Nullable BlockDigests ask(String donor) {
      try {
        BlockDigests theirs = endpoint.digests(donor, epoch, version, patience);
        boolean fits = theirs.count() == BlockDigests.count(target.shardBytes());
        if (fits && theirs.root().equals(agreed)) {
          return theirs;
        }
        drop(donor, true, "its copy has the root " + theirs.root());
      } catch (TransferException e) {
        drop(donor, false, String.valueOf(e.getMessage()));
      }
      return null;
    }

    private synchronized void drop(String donor, boolean isCorrupt, String reason) {
      dropped.add(new StripedResult.Dropped(donor, isCorrupt, reason));
    }

    /** Round after round: what a donor owes when it drops out is for those that are left. */
    void fetch(List<String> donors, BlockDigests known) {
      List<String> left = new ArrayList<>(donors);
      while (!missing.isEmpty() && !left.isEmpty()) {
        try (ExecutorService threads =
            Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().daemon().name("stripes-", 0).factory())) {
          left.forEach(donor -> threads.execute(() -> stripes(donor, known)));
        }
        synchronized (this) {
          dropped.forEach(gone -> left.remove(gone.donor()));
        }
      }
    }

    private void stripes(String donor, BlockDigests known) {
      for (int[] stripe = stripe(); stripe.length > 0; stripe = stripe()) {
        Arrivals arrivals = new Arrivals(known);
        boolean isDropped = false;
        try {
          endpoint.blocks(donor, epoch, version, stripe, arrivals, patience);
          if (arrivals.corrupt >= 0) {
            isDropped = true;
            drop(donor, true, "block " + arrivals.corrupt + " did not arrive with its digest");
          }
        } catch (TransferException e) {
          isDropped = true;
          drop(donor, false, String.valueOf(e.getMessage()));
        } finally {
          putBack(stripe, arrivals.taken);
          count(donor, arrivals);
        }
        if (isDropped) {
          return;
        }
      }
    }

    private synchronized void count(String donor, Arrivals arrivals) {
      blocks.merge(donor, arrivals.taken, Integer::sum);
      bytes += arrivals.bytes;
    }
  }

  /** Verifies the blocks of a stripe and puts them into place, in the order asked for. */
  private final class Arrivals implements BlockSink {

    private final BlockDigests known;
    private int taken;
    private long bytes;
    private int corrupt = -1;

    Arrivals(BlockDigests known) {
      this.known = known;
    }

    @Override
    public @Nullable MemorySegment target() {
      return slot;
    }

    @Override
    public boolean block(int index, MemorySegment block, long digest) {
      boolean whole = block.byteSize() == BlockDigests.length(index, target.shardBytes());
      if (!whole || digest != known.block(index)) {
        corrupt = index;
        return false;
      }
      if (isRepair) {
        target.replaceBlock(version, index, block);
      }
      taken++;
      bytes += block.byteSize();
      return true;
    }
  }
}
