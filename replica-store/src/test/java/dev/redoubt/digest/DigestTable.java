package dev.redoubt.digest;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Digests of fixed inputs, one a line: what every JVM on every machine must print. */
final class DigestTable {

  static final int[] WORDS = {0, 1, 7, 16, 31, 32, 33, 207, 1003, 8192};

  private DigestTable() {}

  public static void main(String[] args) {
    try (Arena arena = Arena.ofConfined()) {
      lines(arena).forEach(System.out::println);
    }
  }

  static List<String> lines(Arena arena) {
    MemorySegment memory = random(arena, 8192 + 4, 7);
    List<String> lines = new ArrayList<>();
    for (int words : WORDS) {
      for (int offset : new int[] {0, 8, 3}) {
        long value = BlockDigest.of(memory, offset, words * 8L);
        lines.add("%d words at %d: %s".formatted(words, offset, new Digest(value)));
      }
    }
    // Often enough that the compiled code is asked too.
    for (int round = 0; round < 2000; round++) {
      BlockDigest.of(memory, 0, 2048);
    }
    lines.add("compiled: " + new Digest(BlockDigest.of(memory, 0, 8192)));
    lines.add("shard: " + BlockDigests.read(memory));
    return lines;
  }

  static MemorySegment random(Arena arena, int words, long seed) {
    MemorySegment memory = arena.allocate(words * 8L, 64);
    SplittableRandom random = new SplittableRandom(seed);
    for (int word = 0; word < words; word++) {
      memory.setAtIndex(ValueLayout.JAVA_LONG, word, random.nextLong());
    }
    return memory;
  }
}
