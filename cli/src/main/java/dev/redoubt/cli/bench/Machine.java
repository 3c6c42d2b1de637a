package dev.redoubt.cli.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/** What one thread of this machine can do at most: the references of the kernels. */
final class Machine {

  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
  private static final int TURNS = 20_000;
  private static final int SUMS = 12;

  /** Larger than the caches of today, read anew in each run. */
  static final long BYTES = 256L << 20;

  /** Floating-point operations of one run of {@link #peak}. */
  static final double PEAK_FLOPS = 2.0 * SUMS * TURNS * FLOATS.length();

  private final MemorySegment source;
  private final MemorySegment target;
  private float floatSink;
  private long longSink;

  /** Takes {@link #BYTES} twice. */
  Machine(Arena arena) {
    source = arena.allocate(BYTES, 64);
    target = arena.allocate(BYTES, 64);
    source.fill((byte) 1);
    target.fill((byte) 2);
  }

  MemorySegment source() {
    return source;
  }

  /** Multiply-adds that wait for nothing but each other: twelve sums hide their latency. */
  void peak() {
    floatSink += multiplyAdds(TURNS, 0.999f, 1e-3f);
  }

  /** Reads all bytes. */
  void read() {
    longSink += xor(source, BYTES);
  }

  /** Copies all bytes. */
  void copy() {
    MemorySegment.copy(source, 0, target, 0, BYTES);
  }

  private static float multiplyAdds(int turns, float factor, float summand) {
    FloatVector x = FloatVector.broadcast(FLOATS, factor);
    FloatVector y = FloatVector.broadcast(FLOATS, summand);
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0.add(1f);
    FloatVector s2 = s0.add(2f);
    FloatVector s3 = s0.add(3f);
    FloatVector s4 = s0.add(4f);
    FloatVector s5 = s0.add(5f);
    FloatVector s6 = s0.add(6f);
    FloatVector s7 = s0.add(7f);
    FloatVector s8 = s0.add(8f);
    FloatVector s9 = s0.add(9f);
    FloatVector s10 = s0.add(10f);
    FloatVector s11 = s0.add(11f);
    for (int turn = 0; turn < turns; turn++) {
      s0 = s0.fma(x, y);
      s1 = s1.fma(x, y);
      s2 = s2.fma(x, y);
      s3 = s3.fma(x, y);
      s4 = s4.fma(x, y);
      s5 = s5.fma(x, y);
      s6 = s6.fma(x, y);
      s7 = s7.fma(x, y);
      s8 = s8.fma(x, y);
      s9 = s9.fma(x, y);
      s10 = s10.fma(x, y);
      s11 = s11.fma(x, y);
    }
    FloatVector low = s0.add(s1).add(s2).add(s3).add(s4).add(s5);
    return low.add(s6).add(s7).add(s8).add(s9).add(s10).add(s11).lane(0);
  }

  private static long xor(MemorySegment from, long bytes) {
    int step = LONGS.vectorByteSize();
    LongVector a = LongVector.zero(LONGS);
    LongVector b = a;
    LongVector c = a;
    LongVector d = a;
    for (long at = 0; at < bytes; at += 4L * step) {
      a = a.add(LongVector.fromMemorySegment(LONGS, from, at, ByteOrder.LITTLE_ENDIAN));
      b = b.add(LongVector.fromMemorySegment(LONGS, from, at + step, ByteOrder.LITTLE_ENDIAN));
      c = c.add(LongVector.fromMemorySegment(LONGS, from, at + 2L * step, ByteOrder.LITTLE_ENDIAN));
      d = d.add(LongVector.fromMemorySegment(LONGS, from, at + 3L * step, ByteOrder.LITTLE_ENDIAN));
    }
    return a.add(b).add(c).add(d).lane(0);
  }

  /** What needs no measuring. */
  static SequencedMap<String, String> facts() {
    SequencedMap<String, String> facts = new LinkedHashMap<>();
    facts.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
    facts.put("vector", FLOATS.vectorBitSize() + " bits, the widest that the JDK prefers");
    String override = System.getProperty("redoubt.vector.bits");
    if (override != null) {
      facts.put("kernels", override + " bits, by redoubt.vector.bits");
    }
    facts.put("jdk", Runtime.version() + ", " + System.getProperty("java.vm.name"));
    facts.put("system", System.getProperty("os.name") + ", " + System.getProperty("os.arch"));
    return facts;
  }

  /** Keeps the results from being thought useless. */
  @Override
  public String toString() {
    return "sinks " + floatSink + " " + longSink;
  }
}
