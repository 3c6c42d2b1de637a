package dev.redoubt.node;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/** Off-heap buffers of one size, taken and given back, so that a step does not allocate. */
final class Buffers implements AutoCloseable {

  private static final long ALIGNMENT_BYTES = 64;

  private final Arena arena = Arena.ofShared();
  private final Deque<MemorySegment> free = new ArrayDeque<>();
  private final long bytes;
  private final int countMax;
  private int count;

  /**
   * No buffer yet.
   *
   * @param bytes of each
   * @param countMax more are never out at once; who wants one more has a defect
   */
  Buffers(long bytes, int countMax) {
    this.bytes = bytes;
    this.countMax = countMax;
  }

  int countMax() {
    return countMax;
  }

  synchronized MemorySegment take() {
    MemorySegment buffer = free.pollFirst();
    if (buffer != null) {
      return buffer;
    }
    if (count == countMax) {
      throw new IllegalStateException("more than " + countMax + " gradient buffers are wanted");
    }
    count++;
    return arena.allocate(bytes, ALIGNMENT_BYTES);
  }

  synchronized void give(MemorySegment buffer) {
    free.addFirst(buffer);
  }

  /** How many are taken and not given back. */
  synchronized int out() {
    return count - free.size();
  }

  @Override
  public void close() {
    arena.close();
  }
}
