package dev.redoubt.digest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.LongBinaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BlockDigestTest {

  private final Arena arena = Arena.ofConfined();

  @AfterEach
  void giveBack() {
    arena.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 16, 31, 32, 33, 207, 1003, 8192})
  void the_fast_one_has_the_bits_of_the_plain_loop(int words) {
    MemorySegment memory = DigestTable.random(arena, words + 9, words);
    for (long offset : new long[] {0, 4, 8, 13, 64, 72}) {
      assertThat(BlockDigest.of(memory, offset, words * 8L))
          .as("offset " + offset)
          .isEqualTo(BlockDigest.scalar(memory, offset, words * 8L));
    }
  }

  /**
   * Taken from a second implementation, in Python, of what the header of the class says. Changing
   * one of these values breaks every stored digest and every peer of another version.
   */
  @ParameterizedTest
  @CsvSource({
    "0, 1cee03624fe3fd9f",
    "1, f6b5f63df517110b",
    "32, e661d5d3b50698b2",
    "33, 5ddad729a8b057da",
    "128, 0ed0a499f3e852d7",
    "8192, c72bdc18aca665dc"
  })
  void the_format_is_this(int words, String expected) {
    MemorySegment memory = arena.allocate(words * 8L + 8, 8);
    for (int word = 0; word < words; word++) {
      memory.setAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, word, word * 0x0101010101010101L);
    }
    assertThat(new Digest(BlockDigest.of(memory, 0, words * 8L))).hasToString(expected);
  }

  @Test
  void every_flipped_bit_of_a_kibibyte_shows() {
    MemorySegment memory = DigestTable.random(arena, 128, 1);
    Set<Long> seen = new HashSet<>(Set.of(BlockDigest.of(memory, 0, 1024)));
    for (int bit = 0; bit < 8192; bit++) {
      flip(memory, bit);
      assertThat(seen.add(BlockDigest.of(memory, 0, 1024))).as("bit " + bit).isTrue();
      flip(memory, bit);
    }
  }

  /** All 64 x 64 pairs of bits, in words of one lane that lie one, two and three rows apart. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void two_flips_in_a_lane_do_not_cancel(int rowsApart) {
    for (MemorySegment memory : new MemorySegment[] {arena.allocate(1024), random()}) {
      long before = BlockDigest.of(memory, 0, 1024);
      for (int pair = 0; pair < 64 * 64; pair++) {
        int one = 5 * 64 + pair / 64;
        int other = (5 + rowsApart * BlockDigest.LANES) * 64 + pair % 64;
        flip(memory, one);
        flip(memory, other);
        assertThat(BlockDigest.of(memory, 0, 1024)).as(one + " and " + other).isNotEqualTo(before);
        flip(memory, one);
        flip(memory, other);
      }
    }
  }

  /** The steps that were rejected, so that flips of this kind are known to be able to cancel. */
  @Test
  void in_the_rejected_steps_few_flips_cancel() {
    long p = BlockDigest.MULTIPLIER;
    long top = 1L << 63;
    LongBinaryOperator rotate = (lane, word) -> (Long.rotateLeft(lane, 23) ^ word) * p;
    assertThat(two(rotate, 7 ^ top, 9 ^ (1L << 22))).isEqualTo(two(rotate, 7, 9));
    LongBinaryOperator shift = (lane, word) -> ((lane ^ word) ^ ((lane ^ word) >>> 32)) * p;
    assertThat(two(shift, 7 ^ top ^ (1L << 31), 9 ^ top)).isEqualTo(two(shift, 7, 9));
    LongBinaryOperator step = BlockDigest::absorb;
    assertThat(two(step, 7 ^ top ^ (1L << 31), 9 ^ top)).isNotEqualTo(two(step, 7, 9));
  }

  private static long two(LongBinaryOperator step, long first, long second) {
    return step.applyAsLong(step.applyAsLong(12345, first), second);
  }

  @Test
  void one_or_two_flipped_bits_change_as_many_bits_of_their_lane_as_the_header_says() {
    int fewest = Long.SIZE;
    for (int one = 0; one < Long.SIZE; one++) {
      for (int other = 0; other <= one; other++) {
        fewest = Math.min(fewest, fewestChanged(1L << one | 1L << other));
      }
    }
    assertThat(fewest).isEqualTo(BlockDigest.SPREAD);
  }

  /**
   * Flipped bits come down as in the step; then each adds or takes away, whatever the data were.
   */
  private static int fewestChanged(long flips) {
    long down = flips ^ (flips >>> 13) ^ (flips >>> 41);
    int fewest = Long.SIZE;
    for (int signs = 0; signs < 1 << Long.bitCount(down); signs++) {
      long difference = 0;
      long rest = down;
      for (int bit = 0; rest != 0; bit++, rest &= rest - 1) {
        long power = Long.lowestOneBit(rest);
        difference += (signs >> bit & 1) == 0 ? power : -power;
      }
      fewest = Math.min(fewest, signedDigits(difference * BlockDigest.MULTIPLIER));
    }
    return fewest;
  }

  /** The fewest bits in which x and x + difference can differ: the weight of its signed form. */
  private static int signedDigits(long difference) {
    int weight = 0;
    for (long rest = difference; rest != 0; rest >>>= 1) {
      if ((rest & 1) != 0) {
        rest -= (rest & 2) != 0 ? -1 : 1;
        weight++;
      }
    }
    return weight;
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0, 32", "3, 99", "31, 64", "96, 127"})
  void swapped_words_show(int one, int other) {
    MemorySegment memory = random();
    long before = BlockDigest.of(memory, 0, 1024);
    long word = memory.getAtIndex(ValueLayout.JAVA_LONG, one);
    memory.setAtIndex(ValueLayout.JAVA_LONG, one, memory.getAtIndex(ValueLayout.JAVA_LONG, other));
    memory.setAtIndex(ValueLayout.JAVA_LONG, other, word);
    assertThat(BlockDigest.of(memory, 0, 1024)).isNotEqualTo(before);
  }

  @Test
  void nearly_equal_inputs_do_not_collide() {
    MemorySegment memory = arena.allocate(1024, 64);
    SplittableRandom random = new SplittableRandom(42);
    Set<Set<Integer>> inputs = new HashSet<>();
    Set<Long> digests = new HashSet<>();
    while (inputs.size() < 200_000) {
      Set<Integer> bits = new HashSet<>();
      int flips = 1 + random.nextInt(3);
      while (bits.size() < flips) {
        bits.add(random.nextInt(8192));
      }
      if (inputs.add(bits)) {
        bits.forEach(bit -> flip(memory, bit));
        digests.add(BlockDigest.of(memory, 0, 1024));
        bits.forEach(bit -> flip(memory, bit));
      }
    }
    assertThat(digests).hasSize(200_000);
  }

  @Test
  void blocks_of_zeros_differ_by_their_length() {
    MemorySegment memory = arena.allocate(8192, 8);
    Set<Long> digests = new HashSet<>();
    for (int words = 0; words <= 1024; words++) {
      digests.add(BlockDigest.of(memory, 0, words * 8L));
    }
    assertThat(digests).hasSize(1025);
  }

  @Test
  void a_wrong_range_is_refused() {
    MemorySegment memory = arena.allocate(64);
    assertThatThrownBy(() -> BlockDigest.of(memory, 8, 64))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("bytes 8..72 of a segment of 64");
    assertThatThrownBy(() -> BlockDigest.of(memory, -8, 64))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("bytes -8..56 of a segment of 64");
    assertThatThrownBy(() -> BlockDigest.of(memory, 0, -8))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("bytes 0..-8 of a segment of 64");
    assertThatThrownBy(() -> BlockDigest.of(memory, 0, 12))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("length 12 is not a multiple of 8 bytes");
    assertThatThrownBy(() -> BlockDigest.of(MemorySegment.ofArray(new long[8]), 0, 64))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a digest reads native memory, not a heap segment");
  }

  @Test
  void memory_that_was_given_back_or_belongs_to_another_thread_is_refused() throws Exception {
    Arena gone = Arena.ofConfined();
    MemorySegment closed = gone.allocate(64);
    gone.close();
    assertThatThrownBy(() -> BlockDigest.of(closed, 0, 64))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the memory of this segment was given back");
    MemorySegment mine = arena.allocate(64);
    Throwable[] seen = new Throwable[1];
    Thread other = Thread.ofPlatform().unstarted(() -> BlockDigest.of(mine, 0, 64));
    other.setUncaughtExceptionHandler((_, e) -> seen[0] = e);
    other.start();
    other.join();
    assertThat(seen[0]).isInstanceOf(WrongThreadException.class);
  }

  private MemorySegment random() {
    return DigestTable.random(arena, 128, 3);
  }

  private static void flip(MemorySegment memory, int bit) {
    long at = bit / 8;
    byte value = memory.get(ValueLayout.JAVA_BYTE, at);
    memory.set(ValueLayout.JAVA_BYTE, at, (byte) (value ^ (1 << (bit % 8))));
  }
}
