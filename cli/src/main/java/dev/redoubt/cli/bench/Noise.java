package dev.redoubt.cli.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** Operands of benchmarks. */
final class Noise {

  private Noise() {}

  /** Floats in [-1, 1), the same ones for the same seed. */
  static MemorySegment floats(SegmentAllocator allocator, long count, long seed) {
    MemorySegment memory = allocator.allocate(Math.max(1, count) * Float.BYTES, 64);
    SplittableRandom random = new SplittableRandom(seed);
    for (long i = 0; i < count; i++) {
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat(-1, 1));
    }
    return memory;
  }
}
