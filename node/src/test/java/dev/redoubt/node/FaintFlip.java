package dev.redoubt.node;

import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.SumTree;
import dev.redoubt.trainer.Trainer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Looks for parameters whose lowest bit an update rounds away. */
final class FaintFlip {

  private FaintFlip() {}

  /** The first element of {@code tensor} whose lowest bit, flipped before {@code step}, is lost. */
  static long find(RunSpec spec, String tensor, long step) {
    try (Arena arena = Arena.ofConfined();
        Trainer trainer = new Trainer(spec.model(), spec.train(), spec.data())) {
      ParameterLayout layout = trainer.layout();
      MemorySegment state = arena.allocate(layout.stateBytes(), 64);
      MemorySegment next = arena.allocate(layout.stateBytes(), 64);
      trainer.initialise(state);
      for (long n = 1; n < step; n++) {
        trainer.update(state, next, sum(arena, trainer, spec, state, n), n, false);
        state.copyFrom(next);
      }
      long offset = layout.tensor(tensor).offset() * Float.BYTES;
      for (long element = 0; element < layout.tensor(tensor).size(); element++) {
        long at = offset + element * Float.BYTES;
        flip(state, at);
        MemorySegment sum = sum(arena, trainer, spec, state, step);
        trainer.update(state, next, sum, step, false);
        int flipped = next.get(ValueLayout.JAVA_INT, at);
        flip(state, at);
        trainer.update(state, next, sum, step, false);
        if (next.get(ValueLayout.JAVA_INT, at) == flipped) {
          return element;
        }
      }
      throw new AssertionError("no update of " + tensor + " rounds a lowest bit away");
    }
  }

  private static MemorySegment sum(
      Arena arena, Trainer trainer, RunSpec spec, MemorySegment state, long step) {
    return SumTree.fold(
        spec.train().microbatches(),
        microbatch -> {
          MemorySegment gradient = arena.allocate(trainer.layout().regionBytes(), 64);
          double ignored = trainer.gradient(state, step, microbatch, gradient);
          return gradient;
        },
        (left, right) -> {
          Trainer.add(left, right);
          return left;
        });
  }

  private static void flip(MemorySegment state, long at) {
    state.set(ValueLayout.JAVA_INT, at, state.get(ValueLayout.JAVA_INT, at) ^ 1);
  }
}
