package dev.redoubt.digest;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The digest of one block of off-heap memory, at the speed at which memory is read.
 *
 * <p>A block is read as rows of {@value #LANES} little-endian 64-bit words. Word {@code i} of each
 * row goes into logical lane {@code i}: {@code x = h ^ word; h = (x ^ (x >>> 13) ^ (x >>> 41)) *
 * P}. The lanes are folded in index order at the end. Lanes and row length are part of the format,
 * so the value does not depend on the vector width of the machine.
 *
 * <p>Every step is a bijection, so that one wrong word always shows. Two wrong words of a lane
 * could cancel, and a product carries differences upward only, so the bits of a word are brought
 * down first: one or two flipped bits change at least {@value #SPREAD} bits of the lane, and as
 * many would have to flip in its next word to hide them. Rejected, since few flips cancel in them
 * whatever the data: {@code h * P + word} (bit 63 twice), {@code (rotateLeft(h, 23) ^ word) * P}
 * (bit 63, then bit 22 of the next word), and one shift by 32 (bits 63 and 31, then bit 63). A
 * second product for each word is as strong, and half as fast where vectors have no 64-bit product.
 */
public final class BlockDigest {

  /** Bytes in a full block of a shard. */
  public static final int BLOCK_BYTES = 1 << 16;

  /** Logical lanes: the 64-bit words in a row of the format. */
  public static final int LANES = 32;

  /** Bytes in a row of the format. */
  public static final int ROW_BYTES = LANES * Long.BYTES;

  /** The fewest bits of a lane that one or two flipped bits of a word change. */
  static final int SPREAD = 9;

  /** The factor of every step, odd. */
  public static final long MULTIPLIER = 0xD6E8FEB86659FD93L;

  /** How far down the bits of a word are brought. */
  public static final int SHORT_SHIFT = 13;

  /** How far they are brought down as well. */
  public static final int LONG_SHIFT = 41;

  private static final int ACCUMULATORS = 4;

  private static final long LENGTH_PRIME = 0x9E3779B185EBCA87L;
  private static final long FOLD_PRIME = 0xC2B2AE3D27D4EB4FL;
  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final VectorSpecies<Long> SPECIES = species();
  private static final int GROUP_LANES = ACCUMULATORS * SPECIES.length();

  /**
   * All of native memory as one segment: raw addresses, checked once at the entry of {@link #of}.
   * One static segment keeps the vector loads monomorphic, whatever segments callers hold.
   */
  @SuppressWarnings("restricted")
  private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private BlockDigest() {}

  private static VectorSpecies<Long> species() {
    return LongVector.SPECIES_PREFERRED.length() > 8
        ? LongVector.SPECIES_512
        : LongVector.SPECIES_PREFERRED;
  }

  /**
   * Digests {@code length} bytes of {@code segment} from {@code offset}.
   *
   * @param segment native memory
   * @param offset in bytes
   * @param length in bytes, a multiple of 8
   * @throws IllegalStateException if the segment's arena is closed; whoever may close it from
   *     another thread has to wait until the digest is taken, since raw addresses are read
   * @throws WrongThreadException if the segment is confined to another thread
   * @throws IndexOutOfBoundsException if the range is not within the segment
   * @throws IllegalArgumentException if the segment is on the heap or the length is not a multiple
   *     of 8
   */
  public static long of(MemorySegment segment, long offset, long length) {
    return of(segment, offset, length, room());
  }

  /** What {@link #of(MemorySegment, long, long, long[])} works in; it belongs to one thread. */
  public static long[] room() {
    return new long[LANES];
  }

  /**
   * As above, and allocates nothing.
   *
   * @param lanes from {@link #room}, overwritten
   * @throws IllegalArgumentException also if it has another length
   */
  public static long of(MemorySegment segment, long offset, long length, long[] lanes) {
    check(segment, offset, length);
    if (lanes.length != LANES) {
      throw new IllegalArgumentException("room for " + lanes.length + " lanes, not " + LANES);
    }
    long rows = length / ROW_BYTES;
    seed(lanes);
    if (LANES % GROUP_LANES == 0) {
      try {
        vectorRows(segment.address() + offset, rows, lanes);
      } finally {
        Reference.reachabilityFence(segment);
      }
    } else {
      scalarRows(segment, offset, rows, lanes);
    }
    tail(segment, offset + rows * ROW_BYTES, offset + length, lanes);
    return fold(lanes, length);
  }

  private static void vectorRows(long address, long rows, long[] lanes) {
    long bytes = rows * ROW_BYTES;
    for (int lane = 0; lane < LANES; lane += GROUP_LANES) {
      long start = address + (long) lane * Long.BYTES;
      group(start, start + bytes, lanes, lane);
    }
  }

  /** The same value by a plain loop: the reference that the fast one is held against. */
  static long scalar(MemorySegment segment, long offset, long length) {
    check(segment, offset, length);
    long[] lanes = room();
    seed(lanes);
    long rows = length / ROW_BYTES;
    scalarRows(segment, offset, rows, lanes);
    tail(segment, offset + rows * ROW_BYTES, offset + length, lanes);
    return fold(lanes, length);
  }

  private static void check(MemorySegment segment, long offset, long length) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException("a digest reads native memory, not a heap segment");
    }
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException("the memory of this segment was given back");
    }
    if (!segment.isAccessibleBy(Thread.currentThread())) {
      throw new WrongThreadException("this segment belongs to another thread");
    }
    if (length % Long.BYTES != 0) {
      throw new IllegalArgumentException("length " + length + " is not a multiple of 8 bytes");
    }
    if (offset < 0 || length < 0 || offset > segment.byteSize() - length) {
      throw new IndexOutOfBoundsException(
          "bytes " + offset + ".." + (offset + length) + " of a segment of " + segment.byteSize());
    }
  }

  /**
   * The loop ends at an address. With a counter beside the address the compiler unrolls it, and
   * then even plain sums of this shape read a fifth slower than memory allows.
   *
   * <p>The step is written out four times. As a method of vectors it is inlined only where the
   * calling method is still small enough; where the digest was compiled into a large caller it was
   * not, every vector was boxed, and a digest was 17 times slower, for as long as the process ran.
   *
   * <p>Not {@code a.lanewise(x)}: of a vector that a loop carries the compiler may not know the
   * class.
   */
  private static void group(long start, long end, long[] lanes, int lane) {
    int width = SPECIES.length();
    long stride = (long) width * Long.BYTES;
    LongVector a = LongVector.fromArray(SPECIES, lanes, lane);
    LongVector b = LongVector.fromArray(SPECIES, lanes, lane + width);
    LongVector c = LongVector.fromArray(SPECIES, lanes, lane + 2 * width);
    LongVector d = LongVector.fromArray(SPECIES, lanes, lane + 3 * width);
    long address = start;
    while (address != end) {
      LongVector x = LongVector.fromMemorySegment(SPECIES, MEMORY, address, LITTLE_ENDIAN);
      x = x.lanewise(XOR, a);
      a = x.lanewise(LSHR, SHORT_SHIFT).lanewise(XOR, x.lanewise(LSHR, LONG_SHIFT));
      a = x.lanewise(XOR, a).mul(MULTIPLIER);
      x = LongVector.fromMemorySegment(SPECIES, MEMORY, address + stride, LITTLE_ENDIAN);
      x = x.lanewise(XOR, b);
      b = x.lanewise(LSHR, SHORT_SHIFT).lanewise(XOR, x.lanewise(LSHR, LONG_SHIFT));
      b = x.lanewise(XOR, b).mul(MULTIPLIER);
      x = LongVector.fromMemorySegment(SPECIES, MEMORY, address + 2 * stride, LITTLE_ENDIAN);
      x = x.lanewise(XOR, c);
      c = x.lanewise(LSHR, SHORT_SHIFT).lanewise(XOR, x.lanewise(LSHR, LONG_SHIFT));
      c = x.lanewise(XOR, c).mul(MULTIPLIER);
      x = LongVector.fromMemorySegment(SPECIES, MEMORY, address + 3 * stride, LITTLE_ENDIAN);
      x = x.lanewise(XOR, d);
      d = x.lanewise(LSHR, SHORT_SHIFT).lanewise(XOR, x.lanewise(LSHR, LONG_SHIFT));
      d = x.lanewise(XOR, d).mul(MULTIPLIER);
      address += ROW_BYTES;
    }
    a.intoArray(lanes, lane);
    b.intoArray(lanes, lane + width);
    c.intoArray(lanes, lane + 2 * width);
    d.intoArray(lanes, lane + 3 * width);
  }

  static long absorb(long lane, long word) {
    long mixed = lane ^ word;
    return (mixed ^ (mixed >>> SHORT_SHIFT) ^ (mixed >>> LONG_SHIFT)) * MULTIPLIER;
  }

  private static void scalarRows(MemorySegment segment, long offset, long rows, long[] lanes) {
    for (long row = 0; row < rows; row++) {
      for (int lane = 0; lane < LANES; lane++) {
        long word = segment.get(WORD, offset + row * ROW_BYTES + (long) lane * Long.BYTES);
        lanes[lane] = absorb(lanes[lane], word);
      }
    }
  }

  private static void tail(MemorySegment segment, long from, long to, long[] lanes) {
    int lane = 0;
    for (long offset = from; offset < to; offset += Long.BYTES) {
      lanes[lane] = absorb(lanes[lane], segment.get(WORD, offset));
      lane++;
    }
  }

  /**
   * Begins a digest in the hands of a kernel that has the words in its registers anyway: it takes
   * each word by the step of this class, and {@link #foldThree} ends it.
   *
   * @param lanes {@value #ROW_BYTES} bytes, overwritten
   */
  public static void seed(MemorySegment lanes) {
    for (int lane = 0; lane < LANES; lane++) {
      lanes.set(WORD, (long) lane * Long.BYTES, FOLD_PRIME * (lane + 1));
    }
  }

  private static void seed(long[] lanes) {
    for (int lane = 0; lane < LANES; lane++) {
      lanes[lane] = FOLD_PRIME * (lane + 1);
    }
  }

  /**
   * Folds the lanes, whose differences are spread already, in index order; every step is a
   * bijection of the running value.
   */
  private static long fold(long[] lanes, long length) {
    long h = length * LENGTH_PRIME;
    for (long lane : lanes) {
      h = fold(h, lane);
    }
    return mix(h);
  }

  /**
   * Ends the digests of three blocks of one length whose lanes a kernel has filled, a row for each.
   * They are folded side by side, since each chain waits for its own products.
   *
   * @param lanes three rows
   * @param length of what went into the lanes of each, in bytes
   * @param digests the three are put at {@code at}, {@code at + stride} and {@code at + 2 * stride}
   */
  public static void foldThree(
      MemorySegment lanes, long length, long[] digests, int at, int stride) {
    long first = length * LENGTH_PRIME;
    long second = first;
    long third = first;
    for (long lane = 0; lane < ROW_BYTES; lane += Long.BYTES) {
      first = fold(first, lanes.get(WORD, lane));
      second = fold(second, lanes.get(WORD, lane + ROW_BYTES));
      third = fold(third, lanes.get(WORD, lane + 2 * ROW_BYTES));
    }
    digests[at] = mix(first);
    digests[at + stride] = mix(second);
    digests[at + 2 * stride] = mix(third);
  }

  private static long fold(long running, long lane) {
    return Long.rotateLeft(running ^ lane, 29) * FOLD_PRIME;
  }

  /** The finaliser of MurmurHash3 (Appleby 2011): a bijection that spreads each bit over all. */
  static long mix(long value) {
    long h = value;
    h = (h ^ (h >>> 33)) * 0xFF51AFD7ED558CCDL;
    h = (h ^ (h >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return h ^ (h >>> 33);
  }
}
