package dev.redoubt.redundancy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XorTest {

  /** Around a vector, four vectors, and the chunk of a sum. */
  private static final int CHUNK = 1 << 17;

  private final Arena arena = Arena.ofConfined();
  private final SplittableRandom random = new SplittableRandom(3);

  @AfterEach
  void giveBack() {
    arena.close();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, 7, 8, 16, 63, 64, 207, 256, 257, 1003, CHUNK - 1, CHUNK, 2 * CHUNK + 9})
  void the_fast_sum_has_the_bits_of_the_plain_loop(int bytes) {
    for (int count = 0; count <= 6; count++) {
      List<MemorySegment> sources = new ArrayList<>();
      for (int source = 0; source < count; source++) {
        sources.add(random(bytes - (source % 3 == 2 ? random.nextInt(bytes + 1) : 0)));
      }
      MemorySegment slow = random(bytes);
      Xor.scalar(slow, sources);
      MemorySegment fast = random(bytes);
      Xor.sum(fast, sources);
      assertThat(fast.mismatch(slow)).as(count + " sources").isEqualTo(-1);
      MemorySegment oneByOne = arena.allocate(bytes + 1L).asSlice(1, bytes);
      sources.forEach(source -> Xor.into(oneByOne, source));
      assertThat(oneByOne.mismatch(slow)).as(count + " sources, one by one").isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 207, 1003, 4096})
  void the_change_of_a_shard_changes_a_parity_as_much(int bytes) {
    MemorySegment before = random(bytes);
    MemorySegment after = random(bytes);
    MemorySegment other = random(bytes + 5);
    MemorySegment parity = random(bytes + 5);
    Xor.sum(parity, List.of(before, other));
    Xor.change(parity, before, after);
    MemorySegment wanted = random(bytes + 5);
    Xor.scalar(wanted, List.of(after, other));
    assertThat(parity.mismatch(wanted)).isEqualTo(-1);
  }

  @Test
  void nothing_outside_the_range_is_touched() {
    MemorySegment memory = arena.allocate(1024);
    memory.fill((byte) 7);
    Xor.into(memory.asSlice(101, 777), random(700));
    Xor.sum(memory.asSlice(101, 777), List.of(random(777), random(9)));
    Xor.change(memory.asSlice(101, 777), random(777), random(777));
    for (long at = 0; at < 1024; at++) {
      if (at < 101 || at >= 878) {
        assertThat(memory.get(ValueLayout.JAVA_BYTE, at)).as("byte " + at).isEqualTo((byte) 7);
      }
    }
  }

  @Test
  void what_would_write_the_wrong_bytes_is_refused() {
    MemorySegment target = arena.allocate(64);
    refused(
        () -> Xor.into(target, random(65)),
        "a source of 65 bytes does not fit into a target of 64");
    refused(() -> Xor.into(target, target.asSlice(8)), "a source overlaps the target");
    refused(() -> Xor.sum(target, List.of(target)), "a source overlaps the target");
    refused(() -> Xor.into(target.asReadOnly(), random(8)), "the target of a sum is read-only");
    refused(
        () -> Xor.change(target, random(8), random(9)),
        "two versions of a shard are equally long, not 8 and 9 bytes");
    refused(
        () -> Xor.into(target, MemorySegment.ofArray(new byte[8])),
        "the source is on the heap, not in native memory");
    Arena gone = Arena.ofConfined();
    MemorySegment closed = gone.allocate(8);
    gone.close();
    assertThatThrownBy(() -> Xor.into(target, closed))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the memory of the source was given back");
  }

  private static void refused(Runnable call, String message) {
    assertThatThrownBy(call::run).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  /** Not aligned to anything. */
  private MemorySegment random(int bytes) {
    MemorySegment memory = arena.allocate(bytes + 3L).asSlice(3);
    for (int at = 0; at < bytes; at++) {
      memory.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
    }
    return memory;
  }
}
