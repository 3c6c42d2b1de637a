package dev.redoubt.simulator;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Buffers for gradients, used again from one simulated run to the next. */
final class GradientPool {

  private final Arena arena;
  private final long bytes;
  private final List<MemorySegment> all = new ArrayList<>();
  private final Deque<MemorySegment> free = new ArrayDeque<>();

  GradientPool(Arena arena, long bytes) {
    this.arena = arena;
    this.bytes = bytes;
  }

  MemorySegment take() {
    MemorySegment known = free.pollFirst();
    if (known == null) {
      known = arena.allocate(bytes, 64);
      all.add(known);
    }
    return known;
  }

  void give(MemorySegment buffer) {
    free.addFirst(buffer);
  }

  /** A new run: nobody has any. */
  void takeBackAll() {
    free.clear();
    free.addAll(all);
  }
}
