package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.redoubt.digest.BlockDigests;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/**
 * Once it is compiled, a step leaves next to nothing on the heap: no windows, no boxed vectors, no
 * buffers. What remains is of fixed size, however large model and batch are, and the digests that
 * it returns.
 */
class StepAllocationTest {

  private static final ModelConfig PICO = ModelConfig.preset("pico");

  /** Objects of a fixed number for each step: the two rules of decay, the exchanges' callbacks. */
  private static final long FIXED_BYTES = 1024;

  /** The compiler works beside the steps: how many there are until it is done is not known. */
  private static final int MOST_STEPS = 50_000;

  private static final int IN_A_ROW = 20;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  void aCompiledStepAllocatesNextToNothing() throws Exception {
    TrainConfig train = TrainConfig.defaults(9, 3, 1, 2, 64);
    try (Trainer trainer = new Trainer(PICO, train, Bits.data(train));
        Arena arena = Arena.ofConfined()) {
      ParameterLayout layout = trainer.layout();
      MemorySegment from = arena.allocate(layout.stateBytes(), 64);
      MemorySegment to = arena.allocate(layout.stateBytes(), 64);
      MemorySegment gradient = arena.allocate(layout.regionBytes(), 64);
      trainer.initialise(from);
      long bound = FIXED_BYTES + (long) Long.BYTES * BlockDigests.count(layout.stateBytes());
      int inARow = 0;
      long bytes = 0;
      for (int step = 0; step < MOST_STEPS && inARow < IN_A_ROW; step++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        trainer.gradient(from, 1, 0, gradient);
        trainer.update(from, to, gradient, 1, true);
        bytes = threads.getCurrentThreadAllocatedBytes() - before;
        inARow = bytes <= bound ? inARow + 1 : 0;
      }
      assertThat(inARow)
          .as("steps in a row within %s bytes; the last one took %s", bound, bytes)
          .isEqualTo(IN_A_ROW);
    }
  }
}
