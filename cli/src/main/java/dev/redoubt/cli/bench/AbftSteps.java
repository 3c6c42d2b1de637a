package dev.redoubt.cli.bench;

import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.ProductAlarm;
import dev.redoubt.trainer.program.ProductChecks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * Whole training steps, one after the other, each with other products checked. Their time is that
 * of the processor on the thread, so that it leaves out what other work on the machine takes.
 */
final class AbftSteps implements AutoCloseable {

  private final Trainer trainer;
  private final int microbatches;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment[] states;
  private final MemorySegment sum;
  private final MemorySegment gradient;
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private long step;

  AbftSteps(Trainer trainer, int microbatches) {
    this.trainer = trainer;
    this.microbatches = microbatches;
    ParameterLayout layout = trainer.layout();
    states =
        new MemorySegment[] {
          arena.allocate(layout.stateBytes(), 64), arena.allocate(layout.stateBytes(), 64)
        };
    sum = arena.allocate(layout.regionBytes(), 64);
    gradient = arena.allocate(layout.regionBytes(), 64);
    trainer.initialise(states[0]);
  }

  Trainer trainer() {
    return trainer;
  }

  /** The next step; the time that it took of the processor. */
  double nanos(ProductChecks which) {
    trainer.check(which, AbftSteps::refuse);
    long start = threads.getCurrentThreadCpuTime();
    step();
    return Math.max(1, threads.getCurrentThreadCpuTime() - start);
  }

  /** A clean product that is called wrong would be a defect of this program. */
  private static void refuse(ProductAlarm alarm) {
    throw new IllegalStateException("a false alarm: " + alarm);
  }

  private void step() {
    MemorySegment state = states[(int) (step % 2)];
    step++;
    trainer.gradient(state, step, 0, sum);
    for (int microbatch = 1; microbatch < microbatches; microbatch++) {
      gradient(state, step, microbatch);
      Trainer.add(sum, gradient);
    }
    trainer.update(state, states[(int) (step % 2)], sum, step, true);
  }

  private void gradient(MemorySegment state, long of, int microbatch) {
    double ignored = trainer.gradient(state, of, microbatch, gradient);
  }

  /** A gradient of the step that comes next, of which nothing is kept. */
  void gradient() {
    gradient(states[(int) (step % 2)], step + 1, 0);
  }

  @Override
  public void close() {
    arena.close();
  }
}
