package dev.redoubt.store;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;

/**
 * What it costs to protect sealed versions: a version of 100 MiB is begun, written by a copy of the
 * one before, and sealed, in stores with each protection, in one JVM, rounds interleaved. Run the
 * main method; medians of the second half of the rounds.
 */
final class ProtectionBench {

  private static final long BYTES = 100L << 20;
  private static final int ROUNDS = 40;

  private ProtectionBench() {}

  public static void main(String[] args) {
    Protection[] kinds = Protection.values();
    VersionStore[] stores = new VersionStore[kinds.length];
    Arrays.setAll(stores, kind -> new VersionStore(BYTES, 3, Duration.ofSeconds(1), kinds[kind]));
    double[][] doors = new double[kinds.length][ROUNDS];
    double[][] wholes = new double[kinds.length][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      for (int kind = 0; kind < kinds.length; kind++) {
        step(stores[kind], round, doors[kind], wholes[kind]);
      }
    }
    for (int kind = 0; kind < kinds.length; kind++) {
      double[] base = wholes[0];
      double[] own = wholes[kind];
      double[] ratios = new double[ROUNDS];
      Arrays.setAll(ratios, round -> own[round] / base[round]);
      System.out.printf(
          "%-8s begin + seal %8.1f us, with the copy %8.1f us, %.3f of %s%n",
          kinds[kind], median(doors[kind]) / 1e3, median(own) / 1e3, median(ratios), kinds[0]);
      stores[kind].close();
    }
  }

  private static void step(VersionStore store, int round, double[] doors, double[] wholes) {
    long start = System.nanoTime();
    MemorySegment slot = store.begin(round);
    long begun = System.nanoTime();
    store.find(round - 1L).ifPresent(before -> slot.copyFrom(before.bytes()));
    long written = System.nanoTime();
    store.seal(round, null);
    long sealed = System.nanoTime();
    doors[round] = begun - start + (sealed - written);
    wholes[round] = sealed - start;
  }

  private static double median(double[] values) {
    double[] warm = Arrays.copyOfRange(values, ROUNDS / 2, ROUNDS);
    Arrays.sort(warm);
    return warm[warm.length / 2];
  }
}
