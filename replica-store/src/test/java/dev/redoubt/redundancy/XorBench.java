package dev.redoubt.redundancy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * How fast parity is beside a copy of the same bytes, in one JVM, rounds interleaved. Run the main
 * method; the medians of the second half of the rounds are printed, for each byte of a source: a
 * copy of four shards against the parity of four, and so on.
 */
final class XorBench {

  private static final int ROUNDS = 30;
  private static final int WARM = ROUNDS / 2;

  private XorBench() {}

  public static void main(String[] args) {
    for (int kibibytes : new int[] {64, 1 << 10, 1 << 17}) {
      try (Arena arena = Arena.ofConfined()) {
        measure(arena, (long) kibibytes << 10);
      }
    }
  }

  private static void measure(Arena arena, long bytes) {
    MemorySegment target = arena.allocate(bytes, 64);
    List<MemorySegment> four =
        List.of(
            arena.allocate(bytes, 64),
            arena.allocate(bytes, 64),
            arena.allocate(bytes, 64),
            arena.allocate(bytes, 64));
    MemorySegment one = four.getFirst();
    MemorySegment two = four.getLast();
    double[][] nanos = new double[4][ROUNDS];
    int passes = (int) Math.max(1, (128L << 20) / bytes);
    for (int round = 0; round < ROUNDS; round++) {
      nanos[0][round] = time(passes, () -> MemorySegment.copy(one, 0, target, 0, bytes));
      nanos[1][round] = time(passes, () -> Xor.into(target, one));
      nanos[2][round] = time(passes, () -> Xor.change(target, one, two)) / 2;
      nanos[3][round] = time(passes, () -> Xor.sum(target, four)) / 4;
    }
    double bytesMoved = (double) bytes * passes;
    System.out.printf(
        "%7d KiB: copy %5.1f GB/s; of it: into %.2f, change %.2f, sum of four %.2f%n",
        bytes >> 10,
        bytesMoved / median(nanos[0]),
        ratio(nanos[0], nanos[1]),
        ratio(nanos[0], nanos[2]),
        ratio(nanos[0], nanos[3]));
  }

  private static double time(int passes, Runnable pass) {
    long start = System.nanoTime();
    for (int i = 0; i < passes; i++) {
      pass.run();
    }
    return System.nanoTime() - start;
  }

  /** Of the pairs of one round, so that what slows a round down slows both. */
  private static double ratio(double[] copy, double[] other) {
    double[] ratios = new double[ROUNDS];
    Arrays.setAll(ratios, round -> copy[round] / other[round]);
    return median(ratios);
  }

  private static double median(double[] values) {
    double[] warm = Arrays.copyOfRange(values, WARM, ROUNDS);
    Arrays.sort(warm);
    return warm[warm.length / 2];
  }
}
