package dev.redoubt.cli.replay;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.fault.BitFlip;
import dev.redoubt.fault.Fault;
import dev.redoubt.fault.Site;
import dev.redoubt.fault.Target;
import dev.redoubt.node.FaultAgain;
import dev.redoubt.node.RunSpec;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.ShardCut;
import dev.redoubt.trainer.SoloRun;
import dev.redoubt.trainer.SumTree;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.Probe;
import dev.redoubt.trainer.replay.LocalComputation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One step of a run on the whole model, to be computed in one way or another: on a state that was
 * flipped, or with a gradient that was.
 */
final class StepBench implements AutoCloseable {

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Sees each gradient before it is summed, and may change it. */
  @FunctionalInterface
  interface GradientChange {
    void change(int microbatch, MemorySegment gradient);
  }

  private final int step;
  private final int microbatches;
  private final int vocabulary;
  private final SoloRun run;
  private final Trainer trainer;
  private final ShardCut cut;
  private final Arena arena = Arena.ofConfined();
  private final Deque<MemorySegment> free = new ArrayDeque<>();
  private @Nullable MemorySegment older;

  /** Trains up to the step before. */
  StepBench(RunSpec spec, int step, int threads) throws InterruptedException {
    this.step = step;
    vocabulary = spec.model().vocabulary();
    microbatches = spec.train().microbatches();
    cut = new ShardCut(spec.model(), spec.protocol().mesh().workersPerPod());
    trainer = new Trainer(spec.model(), spec.train(), spec.data());
    run = new SoloRun(spec.model(), spec.train(), spec.data(), threads);
    while (run.version() < step - 1) {
      if (run.version() == step - 2) {
        older = copy(run.state());
      }
      double ignored = run.step();
    }
  }

  ParameterLayout layout() {
    return run.layout();
  }

  Trainer trainer() {
    return trainer;
  }

  /** The version that the step reads. */
  MemorySegment base() {
    return run.state();
  }

  /** A copy of a state with the flip in it. */
  MemorySegment flipped(MemorySegment state, BitFlip flip) {
    MemorySegment copy = copy(state);
    flip(copy, region(flip.site()), flip);
    return copy;
  }

  private long region(Site site) {
    return switch (site) {
      case PARAMETERS, STORED_COPY -> layout().parametersOffset();
      case FIRST_MOMENTS -> layout().firstMomentsOffset();
      case SECOND_MOMENTS -> layout().secondMomentsOffset();
      case GRADIENT, REDUCED_GRADIENT -> 0;
      case ACTIVATIONS, PRODUCT, TOKENS, DIGEST, AUDIT ->
          throw new IllegalArgumentException(site.kebab() + " is not in memory between steps");
    };
  }

  /** Flips the bit where the element of the rank's part is in the whole model. */
  void flip(MemorySegment memory, long region, BitFlip flip) {
    ParameterLayout part = cut.part(flip.target().rank());
    long whole = part.tensor(flip.tensor()).wholeIndex(flip.element());
    long at = region + (layout().tensor(flip.tensor()).offset() + whole) * Float.BYTES;
    memory.set(INT, at, memory.get(INT, at) ^ 1 << flip.bit());
  }

  /** A gradient; the memory is the caller's. */
  MemorySegment gradient(MemorySegment state, int microbatch) {
    MemorySegment gradient = arena.allocate(layout().regionBytes(), 64);
    double ignored = trainer.gradient(state, step, microbatch, gradient);
    return gradient;
  }

  /** A microbatch, to be bisected. */
  LocalComputation computation(MemorySegment state, int microbatch) {
    MemorySegment gradient = arena.allocate(layout().regionBytes(), 64);
    return LocalComputation.of(
        trainer, state, step, microbatch, gradient, (at, of, instruction) -> {});
  }

  /** The same on a machine that a fault strikes, which computes {@code earlier} ones before it. */
  LocalComputation computation(int microbatch, Iterable<Integer> earlier, Supplier<Probe> faults) {
    MemorySegment parameters = base().asSlice(0, layout().regionBytes());
    long inputs = BlockDigests.read(parameters).root().value();
    MemorySegment gradient = arena.allocate(layout().regionBytes(), 64);
    return new LocalComputation(
        trainer.program(),
        inputs,
        probe -> {
          Probe fault = faults.get();
          earlier.forEach(at -> gradient(at, fault, gradient));
          gradient(microbatch, fault.then(probe), gradient);
        });
  }

  /** Of such a machine the gradient of a microbatch; the memory is the caller's. */
  MemorySegment gradient(int microbatch, Iterable<Integer> earlier, Probe fault) {
    MemorySegment gradient = arena.allocate(layout().regionBytes(), 64);
    earlier.forEach(at -> gradient(at, fault, gradient));
    gradient(microbatch, fault, gradient);
    return gradient;
  }

  /** Computes on the base under a probe. */
  void gradient(int microbatch, Probe probe, MemorySegment gradient) {
    trainer.probe(probe);
    try {
      double ignored = trainer.gradient(base(), step, microbatch, gradient);
    } finally {
      trainer.probe(null);
    }
  }

  /** A copy, to be changed. */
  MemorySegment copy(MemorySegment memory) {
    return arena.allocate(memory.byteSize(), 64).copyFrom(memory);
  }

  /** The version before the base; null if there is none. */
  @Nullable MemorySegment older() {
    return older;
  }

  FaultAgain again(Fault fault, Target holds) {
    return new FaultAgain(fault, holds, trainer, vocabulary);
  }

  int step() {
    return step;
  }

  /**
   * The sum over all microbatches.
   *
   * @param stateOf on which state each is computed
   */
  MemorySegment sum(IntFunction<MemorySegment> stateOf, GradientChange change) {
    return sum(
        (microbatch, gradient) -> {
          double ignored = trainer.gradient(stateOf.apply(microbatch), step, microbatch, gradient);
          change.change(microbatch, gradient);
        });
  }

  /**
   * The same.
   *
   * @param gradients compute each, in ascending order
   */
  MemorySegment sum(GradientChange gradients) {
    return SumTree.fold(
        microbatches,
        microbatch -> {
          MemorySegment gradient = buffer();
          gradients.change(microbatch, gradient);
          return gradient;
        },
        (left, right) -> {
          Trainer.add(left, right);
          free.add(right);
          return left;
        });
  }

  private MemorySegment buffer() {
    MemorySegment buffer = free.poll();
    return buffer == null ? arena.allocate(layout().regionBytes(), 64) : buffer;
  }

  /** The version that the step writes. */
  MemorySegment update(MemorySegment previous, MemorySegment sum) {
    MemorySegment next = arena.allocate(layout().stateBytes(), 64);
    BlockDigests ignored = trainer.update(previous, next, sum, step, true);
    return next;
  }

  /** The digest of each rank's shard. */
  List<String> digests(MemorySegment state) {
    if (cut.count() == 1) {
      return List.of(BlockDigests.read(state).root().toString());
    }
    List<String> digests = new ArrayList<>();
    try (Arena room = Arena.ofConfined()) {
      for (int rank = 0; rank < cut.count(); rank++) {
        MemorySegment part = room.allocate(cut.part(rank).stateBytes(), 64);
        cut.cutState(state, rank, part);
        digests.add(BlockDigests.read(part).root().toString());
      }
    }
    return digests;
  }

  @Override
  public void close() {
    trainer.close();
    run.close();
    arena.close();
  }
}
