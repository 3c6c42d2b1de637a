package dev.redoubt.digest;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * How fast digests are beside a plain read of the same memory, in one JVM, rounds interleaved. Run
 * the main method; the medians of the second half of the rounds are printed.
 */
final class DigestBench {

  private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;
  private static final int ROUNDS = 30;
  private static long sink;

  private DigestBench() {}

  public static void main(String[] args) {
    for (int mebibytes : new int[] {1, 16, 256}) {
      try (Arena arena = Arena.ofConfined()) {
        measure(arena.allocate((long) mebibytes << 20, 64), mebibytes);
      }
    }
    System.out.println("(" + sink + ")");
  }

  private static void measure(MemorySegment memory, int mebibytes) {
    int passes = Math.max(1, 256 / mebibytes);
    double[] digest = new double[ROUNDS];
    double[] sum = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      digest[round] = rate(memory, passes, () -> sink += BlockDigests.read(memory).root().value());
      sum[round] = rate(memory, passes, () -> sink += sum(memory));
    }
    System.out.printf(
        "%4d MiB: digest %5.1f GB/s, read %5.1f GB/s, ratio %.2f%n",
        mebibytes, median(digest), median(sum), median(digest) / median(sum));
  }

  private static double rate(MemorySegment memory, int passes, Runnable pass) {
    long start = System.nanoTime();
    for (int i = 0; i < passes; i++) {
      pass.run();
    }
    return (double) memory.byteSize() * passes / (System.nanoTime() - start);
  }

  private static double median(double[] rates) {
    double[] warm = Arrays.copyOfRange(rates, ROUNDS / 2, ROUNDS);
    Arrays.sort(warm);
    return warm[warm.length / 2];
  }

  private static long sum(MemorySegment memory) {
    LongVector a = LongVector.zero(SPECIES);
    LongVector b = a;
    LongVector c = a;
    LongVector d = a;
    long step = SPECIES.vectorByteSize();
    for (long at = 0; at < memory.byteSize(); at += 4 * step) {
      a = a.add(load(memory, at));
      b = b.add(load(memory, at + step));
      c = c.add(load(memory, at + 2 * step));
      d = d.add(load(memory, at + 3 * step));
    }
    long[] lanes = a.add(b).add(c.add(d)).toArray();
    return Arrays.stream(lanes).sum();
  }

  private static LongVector load(MemorySegment memory, long at) {
    return LongVector.fromMemorySegment(SPECIES, memory, at, ByteOrder.LITTLE_ENDIAN);
  }
}
