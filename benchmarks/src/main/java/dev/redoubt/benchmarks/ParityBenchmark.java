package dev.redoubt.benchmarks;

import dev.redoubt.redundancy.Xor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Parity beside a copy of one shard. The sum reads four shards, a change reads two versions. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ParityBenchmark {

  /** Within the caches and beyond them. */
  @Param({"64", "65536"})
  int kibibytes;

  private Arena arena;
  private MemorySegment target;
  private List<MemorySegment> shards;

  @Setup
  public void take() {
    long bytes = (long) kibibytes << 10;
    arena = Arena.ofShared();
    target = arena.allocate(bytes, 64);
    shards = IntStream.range(0, 4).mapToObj(i -> arena.allocate(bytes, 64)).toList();
  }

  @TearDown
  public void free() {
    arena.close();
  }

  @Benchmark
  public void copy() {
    target.copyFrom(shards.getFirst());
  }

  @Benchmark
  public void into() {
    Xor.into(target, shards.getFirst());
  }

  @Benchmark
  public void change() {
    Xor.change(target, shards.getFirst(), shards.getLast());
  }

  @Benchmark
  public void sumOfFour() {
    Xor.sum(target, shards);
  }
}
