package dev.redoubt.redundancy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of {@link Xor}, on raw addresses that it has checked.
 *
 * <p>The target may be one of the operands, at the same address; it must not overlap one otherwise.
 * Each loop is a small method of its own, or the compiler stops inlining the vectors.
 */
final class XorKernel {

  private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;
  private static final long STEP = SPECIES.vectorByteSize();
  private static final long ROUND = 4 * STEP;
  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** One static segment keeps the vector loads monomorphic, whatever segments callers hold. */
  @SuppressWarnings("restricted")
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private XorKernel() {}

  /** {@code target = a ^ b}. */
  static void two(long target, long a, long b, long length) {
    long whole = length - length % ROUND;
    rounds(target, a, b, whole);
    long words = length - length % Long.BYTES;
    for (long at = whole; at < words; at += Long.BYTES) {
      setWord(target + at, word(a + at) ^ word(b + at));
    }
    for (long at = words; at < length; at++) {
      setByte(target + at, single(a + at) ^ single(b + at));
    }
  }

  /** {@code target = a ^ b ^ c}. */
  static void three(long target, long a, long b, long c, long length) {
    long whole = length - length % ROUND;
    rounds(target, a, b, c, whole);
    long words = length - length % Long.BYTES;
    for (long at = whole; at < words; at += Long.BYTES) {
      setWord(target + at, word(a + at) ^ word(b + at) ^ word(c + at));
    }
    for (long at = words; at < length; at++) {
      setByte(target + at, single(a + at) ^ single(b + at) ^ single(c + at));
    }
  }

  private static void rounds(long target, long a, long b, long length) {
    for (long at = 0; at < length; at += ROUND) {
      vector(target + at, a + at, b + at);
      vector(target + at + STEP, a + at + STEP, b + at + STEP);
      vector(target + at + 2 * STEP, a + at + 2 * STEP, b + at + 2 * STEP);
      vector(target + at + 3 * STEP, a + at + 3 * STEP, b + at + 3 * STEP);
    }
  }

  private static void rounds(long target, long a, long b, long c, long length) {
    for (long at = 0; at < length; at += ROUND) {
      vector(target + at, a + at, b + at, c + at);
      vector(target + at + STEP, a + at + STEP, b + at + STEP, c + at + STEP);
      vector(target + at + 2 * STEP, a + at + 2 * STEP, b + at + 2 * STEP, c + at + 2 * STEP);
      vector(target + at + 3 * STEP, a + at + 3 * STEP, b + at + 3 * STEP, c + at + 3 * STEP);
    }
  }

  private static void vector(long target, long a, long b) {
    store(load(a).lanewise(VectorOperators.XOR, load(b)), target);
  }

  private static void vector(long target, long a, long b, long c) {
    LongVector sum = load(a).lanewise(VectorOperators.XOR, load(b));
    store(sum.lanewise(VectorOperators.XOR, load(c)), target);
  }

  private static LongVector load(long address) {
    return LongVector.fromMemorySegment(SPECIES, MEMORY, address, ByteOrder.LITTLE_ENDIAN);
  }

  private static void store(LongVector vector, long address) {
    vector.intoMemorySegment(MEMORY, address, ByteOrder.LITTLE_ENDIAN);
  }

  private static long word(long address) {
    return MEMORY.get(WORD, address);
  }

  private static void setWord(long address, long value) {
    MEMORY.set(WORD, address, value);
  }

  private static int single(long address) {
    return MEMORY.get(ValueLayout.JAVA_BYTE, address);
  }

  private static void setByte(long address, int value) {
    MEMORY.set(ValueLayout.JAVA_BYTE, address, (byte) value);
  }
}
