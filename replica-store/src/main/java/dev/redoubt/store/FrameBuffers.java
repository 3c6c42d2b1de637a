package dev.redoubt.store;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Buffers for frames under way, reused by size, of which there are eight between a power of two and
 * the next.
 *
 * <p>How many there are is bounded by the inboxes that they wait in, and by what receivers {@link
 * Payload#keep keep}. Each has an arena that the collector closes: a callback that outlives its
 * fabric must not read memory that was given back, and what a machine kept that was switched off is
 * not lost.
 */
public final class FrameBuffers {

  private static final long ALIGNMENT_BYTES = 64;
  private static final long SMALLEST_BYTES = 4096;
  private static final int SIZES_SHIFT = 3;

  private final Map<Long, Deque<MemorySegment>> free = new HashMap<>();
  private long allocated;

  /** A buffer of at least {@code bytes}, with whatever was in it before. */
  public synchronized MemorySegment take(long bytes) {
    long unit = Math.max(SMALLEST_BYTES, Long.highestOneBit(Math.max(1, bytes - 1)) >> SIZES_SHIFT);
    long size = Math.max(1, (bytes + unit - 1) / unit) * unit;
    MemorySegment reused = shelf(size).poll();
    if (reused != null) {
      return reused;
    }
    allocated += size;
    return Arena.ofAuto().allocate(size, ALIGNMENT_BYTES);
  }

  /** Bytes of all buffers, lent or not. */
  public synchronized long bytes() {
    return allocated;
  }

  /** Takes back what {@link #take} gave. */
  public synchronized void giveBack(MemorySegment buffer) {
    shelf(buffer.byteSize()).push(buffer);
  }

  private Deque<MemorySegment> shelf(long size) {
    return free.computeIfAbsent(size, _ -> new ArrayDeque<>());
  }
}
