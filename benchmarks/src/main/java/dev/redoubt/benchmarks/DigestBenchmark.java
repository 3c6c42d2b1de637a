package dev.redoubt.benchmarks;

import dev.redoubt.digest.BlockDigests;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The block digests of a shard beside a plain read of the same memory. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class DigestBenchmark {

  private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;

  /** Within the caches and beyond them. */
  @Param({"1", "256"})
  int mebibytes;

  private Arena arena;
  private MemorySegment memory;

  @Setup
  public void take() {
    arena = Arena.ofShared();
    memory = arena.allocate((long) mebibytes << 20, 64);
    for (long at = 0; at < memory.byteSize(); at += Long.BYTES) {
      memory.set(ValueLayout.JAVA_LONG, at, at * 0x9E3779B97F4A7C15L);
    }
  }

  @TearDown
  public void free() {
    arena.close();
  }

  @Benchmark
  public Object digest() {
    return BlockDigests.read(memory).root();
  }

  @Benchmark
  public long read() {
    LongVector a = LongVector.zero(SPECIES);
    LongVector b = a;
    LongVector c = a;
    LongVector d = a;
    long step = SPECIES.vectorByteSize();
    for (long at = 0; at < memory.byteSize(); at += 4 * step) {
      a = load(at).add(a);
      b = load(at + step).add(b);
      c = load(at + 2 * step).add(c);
      d = load(at + 3 * step).add(d);
    }
    return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
  }

  private LongVector load(long at) {
    return LongVector.fromMemorySegment(SPECIES, memory, at, ByteOrder.LITTLE_ENDIAN);
  }
}
