package dev.redoubt.cli.bench;

import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.TrainConfig;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.Dataset;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What a step does with the state: the digest, and the update with it and without. */
final class StateBench {

  private final Paired paired;
  private final Machine machine;
  private long sink;

  StateBench(Paired paired, Machine machine) {
    this.paired = paired;
    this.machine = machine;
  }

  /** Digests all blocks of as much memory as the other side reads. */
  Figure digest() {
    MemorySegment source = machine.source();
    Comparison pair =
        paired.measure(() -> sink += BlockDigests.read(source).block(0), machine::read);
    return Figure.beside("state", "digest", Machine.BYTES / pair.nanos(), "GB/s", "read", pair);
  }

  /** The whole update of a preset's state, clipping included, both ways. */
  Figure update(ModelConfig model) {
    TrainConfig train = StepBench.train(1);
    try (Trainer trainer = new Trainer(model, train, Dataset.of(new byte[1 << 10], train));
        Arena arena = Arena.ofConfined()) {
      ParameterLayout layout = trainer.layout();
      MemorySegment from = arena.allocate(layout.stateBytes(), 64);
      MemorySegment to = arena.allocate(layout.stateBytes(), 64);
      MemorySegment gradient = arena.allocate(layout.regionBytes(), 64);
      trainer.initialise(from);
      trainer.gradient(from, 1, 0, gradient);
      Comparison pair =
          paired.measure(
              () -> trainer.update(from, to, gradient, 1, true),
              () -> trainer.update(from, to, gradient, 1, false));
      double speed = layout.parameterCount() * 1e3 / pair.nanos();
      String name = "update with digest, " + model.name();
      return Figure.beside("state", name, speed, "Mparam/s", "update without", pair)
          .noting(layout.parameterCount() + " parameters");
    } catch (DataException e) {
      throw new IllegalStateException("the text is long enough", e);
    }
  }

  /** Keeps the digests from being thought useless. */
  @Override
  public String toString() {
    return "sink " + sink;
  }
}
