package dev.redoubt.benchmarks;

import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.Dataset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
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
 * A training step's two parts on one thread: the gradient, and the update with a digest and
 * without.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class UpdateBenchmark {

  private static final int TEXT_BYTES = 1 << 20;

  @Param({"nano", "pro"})
  String model;

  private Arena arena;
  private Trainer trainer;
  private MemorySegment from;
  private MemorySegment to;
  private MemorySegment gradient;

  @Setup
  public void take() throws DataException {
    TrainConfig train = TrainConfig.defaults(7, 1000, 1, 4, 128);
    byte[] text = new byte[TEXT_BYTES];
    new SplittableRandom(7).nextBytes(text);
    trainer = new Trainer(ModelConfig.preset(model), train, Dataset.of(text, train));
    ParameterLayout layout = trainer.layout();
    arena = Arena.ofShared();
    from = arena.allocate(layout.stateBytes(), 64);
    to = arena.allocate(layout.stateBytes(), 64);
    gradient = arena.allocate(layout.regionBytes(), 64);
    trainer.initialise(from);
    trainer.gradient(from, 1, 0, gradient);
  }

  @TearDown
  public void free() {
    trainer.close();
    arena.close();
  }

  @Benchmark
  public double gradient() {
    return trainer.gradient(from, 1, 0, gradient);
  }

  @Benchmark
  public Object updateWithDigest() {
    return trainer.update(from, to, gradient, 1, true);
  }

  @Benchmark
  public void updateWithout() {
    trainer.update(from, to, gradient, 1, false);
  }
}
