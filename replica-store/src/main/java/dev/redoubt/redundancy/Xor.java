package dev.redoubt.redundancy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.List;

/**
 * Exclusive or of off-heap memory, at about the speed of a copy: the arithmetic of parity.
 *
 * <p>It is exact, and the same on every machine: no order and no width shows in it. A source that
 * is shorter than its target stands for itself followed by zeros, so that shards of unequal length
 * can share a parity.
 *
 * <p>Raw addresses are read and written, checked once at the entry. Whoever may close a segment
 * from another thread has to wait until the call is over.
 */
public final class Xor {

  /** What a sum of many sources works on at once, so that the target stays in the cache. */
  private static final long CHUNK_BYTES = 1 << 17;

  private Xor() {}

  /**
   * {@code target ^= source}. Of a longer target only the first bytes change.
   *
   * @param target writable native memory
   * @param source native memory, no longer than the target, that does not overlap it
   * @throws IllegalArgumentException if a segment is on the heap, too long, or overlaps, or if the
   *     target is read-only
   * @throws IllegalStateException if memory was given back
   * @throws WrongThreadException if a segment is confined to another thread
   */
  public static void into(MemorySegment target, MemorySegment source) {
    checkTarget(target);
    checkSource(source, target);
    try {
      XorKernel.two(target.address(), target.address(), source.address(), source.byteSize());
    } finally {
      Reference.reachabilityFence(target);
      Reference.reachabilityFence(source);
    }
  }

  /**
   * {@code target ^= before ^ after}: what a shard's change does to its parity, in one pass.
   *
   * @param before native memory, no longer than the target
   * @param after as long as {@code before}
   * @throws IllegalArgumentException as {@link #into}, or if the two are not equally long
   */
  public static void change(MemorySegment target, MemorySegment before, MemorySegment after) {
    checkTarget(target);
    checkSource(before, target);
    checkSource(after, target);
    if (before.byteSize() != after.byteSize()) {
      throw new IllegalArgumentException(
          "two versions of a shard are equally long, not %d and %d bytes"
              .formatted(before.byteSize(), after.byteSize()));
    }
    long parity = target.address();
    try {
      XorKernel.three(parity, parity, before.address(), after.address(), before.byteSize());
    } finally {
      Reference.reachabilityFence(target);
      Reference.reachabilityFence(before);
      Reference.reachabilityFence(after);
    }
  }

  /**
   * {@code target =} the sum of all sources; of none, zeros. Whatever the target held is gone.
   *
   * @param sources each no longer than the target
   * @throws IllegalArgumentException as {@link #into}
   */
  public static void sum(MemorySegment target, List<MemorySegment> sources) {
    checkTarget(target);
    sources.forEach(source -> checkSource(source, target));
    try {
      for (long from = 0; from < target.byteSize(); from += CHUNK_BYTES) {
        chunk(target, sources, from, Math.min(from + CHUNK_BYTES, target.byteSize()));
      }
    } finally {
      Reference.reachabilityFence(target);
      Reference.reachabilityFence(sources);
    }
  }

  private static void chunk(MemorySegment target, List<MemorySegment> sources, long from, long to) {
    List<MemorySegment> whole = sources.stream().filter(source -> source.byteSize() >= to).toList();
    long at = target.address() + from;
    int taken = start(target, whole, from, to);
    for (; taken + 2 <= whole.size(); taken += 2) {
      long one = whole.get(taken).address() + from;
      long two = whole.get(taken + 1).address() + from;
      XorKernel.three(at, at, one, two, to - from);
    }
    if (taken < whole.size()) {
      XorKernel.two(at, at, whole.get(taken).address() + from, to - from);
    }
    for (MemorySegment source : sources) {
      if (source.byteSize() > from && source.byteSize() < to) {
        XorKernel.two(at, at, source.address() + from, source.byteSize() - from);
      }
    }
  }

  /** Writes the chunk for the first time; returns how many sources are in it. */
  private static int start(MemorySegment target, List<MemorySegment> whole, long from, long to) {
    if (whole.size() >= 2) {
      long one = whole.get(0).address() + from;
      XorKernel.two(target.address() + from, one, whole.get(1).address() + from, to - from);
      return 2;
    }
    if (whole.size() == 1) {
      MemorySegment.copy(whole.getFirst(), from, target, from, to - from);
      return 1;
    }
    target.asSlice(from, to - from).fill((byte) 0);
    return 0;
  }

  /** The same as {@link #sum} by a plain loop: the reference that the fast one is held against. */
  static void scalar(MemorySegment target, List<MemorySegment> sources) {
    for (long at = 0; at < target.byteSize(); at++) {
      byte sum = 0;
      for (MemorySegment source : sources) {
        sum ^= at < source.byteSize() ? source.get(ValueLayout.JAVA_BYTE, at) : 0;
      }
      target.set(ValueLayout.JAVA_BYTE, at, sum);
    }
  }

  private static void checkTarget(MemorySegment target) {
    if (target.isReadOnly()) {
      throw new IllegalArgumentException("the target of a sum is read-only");
    }
    checkAlive("target", target);
  }

  private static void checkSource(MemorySegment source, MemorySegment target) {
    checkAlive("source", source);
    if (source.byteSize() > target.byteSize()) {
      throw new IllegalArgumentException(
          "a source of %d bytes does not fit into a target of %d"
              .formatted(source.byteSize(), target.byteSize()));
    }
    if (source.asOverlappingSlice(target).isPresent()) {
      throw new IllegalArgumentException("a source overlaps the target");
    }
  }

  private static void checkAlive(String name, MemorySegment segment) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException("the " + name + " is on the heap, not in native memory");
    }
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException("the memory of the " + name + " was given back");
    }
    if (!segment.isAccessibleBy(Thread.currentThread())) {
      throw new WrongThreadException("the " + name + " belongs to another thread");
    }
  }
}
