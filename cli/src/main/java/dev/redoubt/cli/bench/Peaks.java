package dev.redoubt.cli.bench;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/** What one core can do at most: fused multiply-adds from registers, reads and copies of memory. */
final class Peaks {

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
  private static final int CHAINS = 12;
  private static final int ROUNDS = 4096;
  private static final int FLOPS_OF_FMA = 2;

  /** Where results go, so that no loop is optimised away. */
  private static volatile double sink;

  private Peaks() {}

  /** Bits of the widest vectors. */
  static int vectorBits() {
    return FLOATS.vectorBitSize();
  }

  /** Fused multiply-adds in chains that do not wait for each other. */
  static Work fma() {
    double flops = (double) FLOPS_OF_FMA * CHAINS * ROUNDS * FLOATS.length();
    return new Work("fused multiply-add", flops, () -> sink = chains(1.0000001f, 1e-9f));
  }

  private static float chains(float factor, float addend) {
    FloatVector x = FloatVector.broadcast(FLOATS, factor);
    FloatVector y = FloatVector.broadcast(FLOATS, addend);
    FloatVector c0 = y;
    FloatVector c1 = y;
    FloatVector c2 = y;
    FloatVector c3 = y;
    FloatVector c4 = y;
    FloatVector c5 = y;
    FloatVector c6 = y;
    FloatVector c7 = y;
    FloatVector c8 = y;
    FloatVector c9 = y;
    FloatVector c10 = y;
    FloatVector c11 = y;
    for (int i = 0; i < ROUNDS; i++) {
      c0 = c0.fma(x, y);
      c1 = c1.fma(x, y);
      c2 = c2.fma(x, y);
      c3 = c3.fma(x, y);
      c4 = c4.fma(x, y);
      c5 = c5.fma(x, y);
      c6 = c6.fma(x, y);
      c7 = c7.fma(x, y);
      c8 = c8.fma(x, y);
      c9 = c9.fma(x, y);
      c10 = c10.fma(x, y);
      c11 = c11.fma(x, y);
    }
    FloatVector low = c0.add(c1).add(c2).add(c3).add(c4).add(c5);
    return low.add(c6).add(c7).add(c8).add(c9).add(c10).add(c11).lane(0);
  }

  /** Reads all of {@code memory}, adding up. */
  static Work read(MemorySegment memory) {
    return new Work("read", memory.byteSize(), () -> sink = sum(memory));
  }

  private static long sum(MemorySegment memory) {
    LongVector a = LongVector.zero(LONGS);
    LongVector b = a;
    LongVector c = a;
    LongVector d = a;
    long step = LONGS.vectorByteSize();
    ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    for (long at = 0; at + 4 * step <= memory.byteSize(); at += 4 * step) {
      a = a.add(LongVector.fromMemorySegment(LONGS, memory, at, order));
      b = b.add(LongVector.fromMemorySegment(LONGS, memory, at + step, order));
      c = c.add(LongVector.fromMemorySegment(LONGS, memory, at + 2 * step, order));
      d = d.add(LongVector.fromMemorySegment(LONGS, memory, at + 3 * step, order));
    }
    return a.add(b).add(c.add(d)).lane(0);
  }

  /**
   * Copies one segment to another of the same size; a byte that is read and written counts once.
   */
  static Work copy(MemorySegment from, MemorySegment to) {
    return new Work("copy", from.byteSize(), () -> to.copyFrom(from));
  }

  /** Keeps a result. */
  static void keep(double value) {
    sink = value;
  }
}
