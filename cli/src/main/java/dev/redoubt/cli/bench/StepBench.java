package dev.redoubt.cli.bench;

import com.sun.management.ThreadMXBean;
import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.Dataset;
import dev.redoubt.trainer.program.Program;
import dev.redoubt.trainer.program.Program.Pass;
import dev.redoubt.trainer.program.Shard;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.SplittableRandom;

/** Whole training steps of a model on one thread, with the update, beside the peak. */
final class StepBench {

  private static final int MICROBATCHES = 4;
  private static final int WARM_STEPS = 3;
  private static final long WARM_NANOS = 5_000_000_000L;

  private final Effort effort;
  private final Machine machine;

  StepBench(Effort effort, Machine machine) {
    this.effort = effort;
    this.machine = machine;
  }

  /** The batch that {@code redoubt train} uses by default. */
  static TrainConfig train(int steps) {
    return TrainConfig.defaults(7, steps, MICROBATCHES, 4, 128);
  }

  static Program program(ModelConfig model) {
    return Trainer.program(model, train(1), Shard.WHOLE, true);
  }

  /**
   * What the steps took.
   *
   * @param allocated bytes that a step allocated on the heap, the median
   */
  record Measured(Figure figure, double allocated) {}

  Measured measure(ModelConfig model) {
    TrainConfig train = train(1000);
    try (Trainer trainer = new Trainer(model, train, data(train));
        Arena arena = Arena.ofConfined()) {
      return new Run(trainer, arena).measure(model);
    } catch (DataException e) {
      throw new IllegalStateException("random text is long enough", e);
    }
  }

  /** Random bytes: what a step takes does not depend on the text. */
  private static Dataset data(TrainConfig train) throws DataException {
    byte[] text = new byte[1 << 20];
    new SplittableRandom(7).nextBytes(text);
    return Dataset.of(text, train);
  }

  private final class Run {

    private final Trainer trainer;
    private final MemorySegment[] states;
    private final MemorySegment sum;
    private final MemorySegment gradient;
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    Run(Trainer trainer, Arena arena) {
      this.trainer = trainer;
      ParameterLayout layout = trainer.layout();
      long bytes = layout.stateBytes();
      states = new MemorySegment[] {arena.allocate(bytes, 64), arena.allocate(bytes, 64)};
      sum = arena.allocate(layout.regionBytes(), 64);
      gradient = arena.allocate(layout.regionBytes(), 64);
      trainer.initialise(states[0]);
    }

    void step(int step) {
      MemorySegment state = states[(step - 1) % 2];
      trainer.gradient(state, step, 0, sum);
      for (int microbatch = 1; microbatch < MICROBATCHES; microbatch++) {
        trainer.gradient(state, step, microbatch, gradient);
        Trainer.add(sum, gradient);
      }
      trainer.update(state, states[step % 2], sum, step, true);
    }

    /** Steps until everything is compiled; how many there were. */
    private int warm() {
      long start = System.nanoTime();
      int step = 0;
      while (step < WARM_STEPS || System.nanoTime() - start < WARM_NANOS) {
        step++;
        step(step);
      }
      return step;
    }

    Measured measure(ModelConfig model) {
      new Paired(effort).warm(machine::peak);
      int warm = warm();
      int count = effort.steps();
      double[] mine = new double[count];
      double[] peak = new double[count];
      double[] allocated = new double[count];
      for (int i = 0; i < count; i++) {
        int step = warm + 1 + i;
        double before = peak();
        long heap = threads.getCurrentThreadAllocatedBytes();
        mine[i] = Paired.nanos(() -> step(step), 1);
        allocated[i] = threads.getCurrentThreadAllocatedBytes() - heap;
        peak[i] = (before + peak()) / 2;
      }
      Program program = trainer.program();
      double flops =
          (double) MICROBATCHES * (program.flops(Pass.FORWARD) + program.flops(Pass.BACKWARD));
      Comparison pair = Comparison.of(mine, peak, flops / Machine.PEAK_FLOPS);
      double heap = Statistics.median(allocated);
      Figure figure =
          Figure.beside("step", model.name(), flops / pair.nanos(), "GFLOP/s", "FMA peak", pair);
      return new Measured(figure.noting(note(pair.nanos(), heap)), heap);
    }

    /** Some 20 milliseconds of it. */
    private double peak() {
      return Paired.nanos(machine::peak, 300);
    }

    private String note(double nanos, double heap) {
      int tokens = MICROBATCHES * 4 * 128;
      return String.format(
          Locale.ROOT,
          "%.0f ms a step of %d tokens; %.0f heap bytes a step",
          nanos / 1e6,
          tokens,
          heap);
    }
  }
}
