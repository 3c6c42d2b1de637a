package dev.redoubt.cli.bench;

import com.sun.management.ThreadMXBean;
import dev.redoubt.cli.bench.KernelsReport.Share;
import dev.redoubt.cli.bench.KernelsReport.Step;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.Probe;
import dev.redoubt.trainer.program.Program.Pass;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/** A whole training step on one thread, beside fused multiply-adds from registers. */
final class StepBench implements AutoCloseable {

  private static final int SHARE_ROUNDS = 5;

  private final ModelConfig model;
  private final TrainConfig train;
  private final Trainer trainer;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment from;
  private final MemorySegment to;
  private final MemorySegment sum;
  private final MemorySegment gradient;

  StepBench(ModelConfig model, TrainConfig train, Trainer trainer) {
    this.model = model;
    this.train = train;
    this.trainer = trainer;
    ParameterLayout layout = trainer.layout();
    from = arena.allocate(layout.stateBytes(), 64);
    to = arena.allocate(layout.stateBytes(), 64);
    sum = arena.allocate(layout.regionBytes(), 64);
    gradient = arena.allocate(layout.regionBytes(), 64);
    trainer.initialise(from);
  }

  /** The step of version 1, again and again. */
  private void step() {
    double loss = trainer.gradient(from, 1, 0, sum);
    for (int microbatch = 1; microbatch < train.microbatches(); microbatch++) {
      loss += trainer.gradient(from, 1, microbatch, gradient);
      Trainer.add(sum, gradient);
    }
    Peaks.keep(loss);
    trainer.update(from, to, sum, 1, true);
  }

  /** Floating-point operations of the products; what else there is counts as none. */
  private double flops() {
    long ofMicrobatch =
        trainer.program().flops(Pass.FORWARD) + trainer.program().flops(Pass.BACKWARD);
    return (double) ofMicrobatch * train.microbatches();
  }

  Step measure(Pairing pairing, LongSupplier nanoTime) {
    Paired beside = pairing.measure(new Work("step", flops(), this::step), Peaks.fma());
    long bytes = heapBytes();
    return new Step(
        model.name(),
        trainer.layout().parameterCount(),
        train.microbatches(),
        train.batchSize() * train.sequenceLength() * train.microbatches(),
        flops() / beside.a() * 1e3,
        beside.a() * 1e-9,
        beside,
        bytes,
        shares(nanoTime));
  }

  private long heapBytes() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    step();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  /** Where the time of a microbatch goes, by a probe around every instruction. */
  private List<Share> shares(LongSupplier nanoTime) {
    Clock clock = new Clock(nanoTime);
    trainer.probe(clock);
    for (int round = 0; round < SHARE_ROUNDS; round++) {
      trainer.gradient(from, 1, 0, gradient);
    }
    trainer.probe(null);
    return clock.shares();
  }

  @Override
  public void close() {
    arena.close();
  }

  private static final class Clock implements Probe {

    private final LongSupplier nanoTime;
    private final Map<Instruction.Kind, Long> nanos = new EnumMap<>(Instruction.Kind.class);
    private long since;

    Clock(LongSupplier nanoTime) {
      this.nanoTime = nanoTime;
    }

    @Override
    public void before(long step, int microbatch, Instruction instruction) {
      since = nanoTime.getAsLong();
    }

    @Override
    public void after(long step, int microbatch, Instruction instruction) {
      nanos.merge(instruction.kind(), nanoTime.getAsLong() - since, Long::sum);
    }

    List<Share> shares() {
      double all = nanos.values().stream().mapToLong(Long::longValue).sum();
      return nanos.entrySet().stream()
          .map(entry -> new Share(word(entry.getKey()), entry.getValue() / all))
          .sorted(Comparator.comparingDouble(Share::share).reversed())
          .toList();
    }

    private static String word(Instruction.Kind kind) {
      return kind.name().toLowerCase(Locale.ROOT);
    }
  }
}
