package dev.redoubt.benchmarks;

import dev.redoubt.store.Protection;
import dev.redoubt.store.VersionStore;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What it costs to protect sealed versions: a version is begun, written by a copy of the one
 * before, and sealed.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ProtectionBenchmark {

  private static final long BYTES = 100L << 20;
  private static final int VERSIONS = 3;

  @Param Protection protection;

  private VersionStore store;
  private long version;

  @Setup
  public void take() {
    store = new VersionStore(BYTES, VERSIONS, Duration.ofSeconds(1), protection);
    version = 0;
  }

  @TearDown
  public void free() {
    store.close();
  }

  @Benchmark
  public void beginCopySeal() {
    MemorySegment slot = store.begin(version);
    store.find(version - 1).ifPresent(before -> slot.copyFrom(before.bytes()));
    store.seal(version, null);
    version++;
  }
}
