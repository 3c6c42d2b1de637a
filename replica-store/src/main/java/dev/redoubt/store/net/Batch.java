package dev.redoubt.store.net;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.store.TransferException;
import dev.redoubt.store.TransferException.Reason;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of one question: where they go, which have come, and whoever waits for them.
 *
 * <p>They come in the order asked for. A run that is out of order, or of other lengths than blocks
 * have, gets no place.
 */
final class Batch implements Asking.Asker {

  /** Blocks that follow each other, with their digests. */
  static final class Run {

    private final int first;
    private final int count;
    private final MemorySegment bytes;
    private final long[] digests;

    /** Digests them: they have just been read, so they are in the cache. */
    Run(int first, int count, MemorySegment bytes, long[] lanes) {
      this.first = first;
      this.count = count;
      this.bytes = bytes;
      this.digests = new long[count];
      for (int i = 0; i < count; i++) {
        digests[i] = Batch.digest(block(i), lanes);
      }
    }

    int first() {
      return first;
    }

    int count() {
      return count;
    }

    /** The bytes of one of them, counted from the first. */
    MemorySegment block(int index) {
      long from = (long) index * BlockDigest.BLOCK_BYTES;
      return bytes.asSlice(from, Math.min(BlockDigest.BLOCK_BYTES, bytes.byteSize() - from));
    }

    long digest(int index) {
      return digests[index];
    }
  }

  /** One of the two. */
  private record Arrival(@Nullable Run run, @Nullable TransferException failure) {}

  private final long id;
  private final int[] blocks;
  private final @Nullable MemorySegment target;
  private final @Nullable MemorySegment lent;
  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();

  /** Known to the event loop only. */
  private int placed;

  private final long[] lanes = BlockDigest.room();

  /** Known to whoever waits only. */
  private int taken;

  Batch(long id, int[] blocks, @Nullable MemorySegment target, @Nullable MemorySegment lent) {
    this.id = id;
    this.blocks = blocks;
    this.target = target;
    this.lent = lent;
  }

  long id() {
    return id;
  }

  int block(int index) {
    return blocks[index];
  }

  @Nullable MemorySegment lent() {
    return lent;
  }

  boolean isLent() {
    return lent != null;
  }

  boolean isTaken() {
    return taken == blocks.length;
  }

  /** The next run; waits for it. */
  Run next(String peer, Duration patience) throws TransferException {
    try {
      Arrival arrival = arrivals.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
      if (arrival == null) {
        throw new TransferException(Reason.TIMED_OUT, peer + " did not answer within " + patience);
      }
      Run run = arrival.run();
      if (run == null) {
        throw Numbers.failure(arrival.failure());
      }
      taken += run.count();
      return run;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new TransferException(Reason.GONE, "interrupted while waiting for " + peer);
    }
  }

  @Override
  public @Nullable MemorySegment place(int first, int count, int bytes) {
    if (first != placed || count < 1 || count > blocks.length - first) {
      return null;
    }
    if (Fetch.run(blocks, first, count) != count
        || bytes > (long) count * BlockDigest.BLOCK_BYTES
        || bytes <= (count - 1L) * BlockDigest.BLOCK_BYTES) {
      return null;
    }
    MemorySegment shard = target;
    MemorySegment buffer = lent;
    if (shard != null) {
      MemorySegment place = Fetch.placeIn(shard, blocks[first], count, bytes);
      return place == null ? misfit(bytes) : place;
    }
    return buffer == null ? null : buffer.asSlice((long) first * BlockDigest.BLOCK_BYTES, bytes);
  }

  private @Nullable MemorySegment misfit(int bytes) {
    failed(
        new TransferException(
            Reason.MISSING,
            "blocks of %d bytes do not fit: the donor's shard is of another size"
                .formatted(bytes)));
    return null;
  }

  @Override
  public void arrived(int first, int count, MemorySegment bytes) {
    placed = first + count;
    Run run = new Run(first, count, bytes, lanes);
    arrivals.add(new Arrival(run, null));
  }

  /** Of bytes that may be too few to be a block: whoever takes them looks at their length too. */
  static long digest(MemorySegment block, long[] lanes) {
    long length = block.byteSize();
    return length % Long.BYTES == 0 ? BlockDigest.of(block, 0, length, lanes) : 0;
  }

  @Override
  public void failed(TransferException why) {
    arrivals.add(new Arrival(null, why));
  }

  @Override
  public void digests(long[] more, int left) {
    failed(new TransferException(Reason.MISSING, "digests came in place of blocks"));
  }
}
