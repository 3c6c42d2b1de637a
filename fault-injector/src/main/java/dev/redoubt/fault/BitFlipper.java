package dev.redoubt.fault;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Flips a bit of a float in memory and proves that it did. */
public final class BitFlipper {

  private static final ValueLayout.OfInt FLOAT_BITS = ValueLayout.JAVA_INT_UNALIGNED;

  private BitFlipper() {}

  /**
   * Flips the fault's bit, and reads it back.
   *
   * @param region native and writable: a shard, or the gradient
   * @param byteOffset of the fault's element in that region, a multiple of 4
   * @param fault says which bit, and nothing else here: finding the element is the caller's part
   * @param node the machine that is struck
   * @param step in which it is struck
   * @return the bits of the float before and after, and the digests of the block around it; the
   *     block is cut from the start of the region as a shard is
   * @throws IndexOutOfBoundsException if the region has no such element
   * @throws IllegalArgumentException if the offset is that of no element, or if the region is
   *     read-only or on the heap
   * @throws IllegalStateException if the memory does not hold what was written
   */
  public static Strike flip(
      MemorySegment region, long byteOffset, BitFlip fault, String node, long step) {
    check(region, byteOffset);
    Digest digestBefore = blockAround(region, byteOffset);
    int before = region.get(FLOAT_BITS, byteOffset);
    int wanted = before ^ (1 << fault.bit());
    region.set(FLOAT_BITS, byteOffset, wanted);
    int after = region.get(FLOAT_BITS, byteOffset);
    if (after != wanted) {
      throw new IllegalStateException(
          "wrote %08x at byte %d and read %08x".formatted(wanted, byteOffset, after));
    }
    return new Strike(
        fault.id(),
        fault.kind(),
        node,
        step,
        evidence(fault, before, after),
        new Strike.Change<>(before, after),
        new Strike.Change<>(digestBefore, blockAround(region, byteOffset)));
  }

  private static String evidence(BitFlip fault, int before, int after) {
    return "%s of %s, element %d: bit %d flipped, %08x (%s) became %08x (%s)"
        .formatted(
            fault.site().kebab(),
            fault.tensor(),
            fault.element(),
            fault.bit(),
            before,
            Float.intBitsToFloat(before),
            after,
            Float.intBitsToFloat(after));
  }

  private static void check(MemorySegment region, long byteOffset) {
    if (region.isReadOnly() || !region.isNative()) {
      throw new IllegalArgumentException("a flip needs native, writable memory, not " + region);
    }
    if (byteOffset % Float.BYTES != 0) {
      throw new IllegalArgumentException("no float begins at byte " + byteOffset);
    }
    if (byteOffset < 0 || byteOffset > region.byteSize() - Float.BYTES) {
      throw new IndexOutOfBoundsException(
          "byte %d of a region of %d".formatted(byteOffset, region.byteSize()));
    }
  }

  /** A region of an odd number of floats is digested as if one more float, zero, were behind it. */
  private static Digest blockAround(MemorySegment region, long byteOffset) {
    int block = Math.toIntExact(byteOffset / BlockDigest.BLOCK_BYTES);
    long length = BlockDigests.length(block, region.byteSize());
    if (length % Long.BYTES == 0) {
      return new Digest(BlockDigest.of(region, BlockDigests.offset(block), length));
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment padded = arena.allocate((length + Long.BYTES - 1) & -Long.BYTES, Long.BYTES);
      MemorySegment.copy(region, BlockDigests.offset(block), padded, 0, length);
      return new Digest(BlockDigest.of(padded, 0, padded.byteSize()));
    }
  }
}
