package dev.redoubt.cli.bench;

import dev.redoubt.cli.bench.KernelsReport.Kernel;
import dev.redoubt.cli.bench.KernelsReport.Update;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.ModelConfig;
import dev.redoubt.trainer.ParameterLayout;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.kernel.CrossEntropy;
import dev.redoubt.trainer.kernel.Embedding;
import dev.redoubt.trainer.kernel.Gate;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.RmsNorm;
import dev.redoubt.trainer.kernel.Rotary;
import dev.redoubt.trainer.kernel.Softmax;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What is bound by memory, beside plain reads and copies of as much memory. */
final class MemoryBench {

  private static final long[] DIGESTED_MEBIBYTES = {1, 16, 256};

  private final Pairing pairing;

  MemoryBench(Pairing pairing) {
    this.pairing = pairing;
  }

  /** The state digest, in and out of the caches. */
  List<Kernel> digests() {
    List<Kernel> digests = new ArrayList<>();
    for (long mebibytes : DIGESTED_MEBIBYTES) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment memory = arena.allocate(mebibytes << 20, 64).fill((byte) 0x5A);
        Work digest =
            new Work(
                "digest",
                memory.byteSize(),
                () -> Peaks.keep((double) BlockDigests.read(memory).root().value()));
        digests.add(
            new Kernel(
                "digest " + mebibytes + " MiB", pairing.measure(digest, Peaks.read(memory))));
      }
    }
    return digests;
  }

  /** AdamW over a whole model, with the digest in the same pass and without. */
  Update update(ModelConfig model, Trainer trainer) {
    ParameterLayout layout = trainer.layout();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment from = arena.allocate(layout.stateBytes(), 64);
      MemorySegment to = arena.allocate(layout.stateBytes(), 64);
      MemorySegment gradient = Noise.floats(arena, layout.regionBytes() / Float.BYTES, 3);
      trainer.initialise(from);
      double bytes = 2.0 * layout.stateBytes() + layout.regionBytes();
      Paired beside =
          pairing.measure(
              new Work("with", bytes, () -> trainer.update(from, to, gradient, 1, true)),
              new Work("without", bytes, () -> trainer.update(from, to, gradient, 1, false)));
      return new Update(model.name(), layout.parameterCount(), beside, 1 / beside.ratio() - 1);
    }
  }

  /** The kernels of a step that are no products, at the sizes of a microbatch. */
  List<Kernel> kernels(ModelConfig model, int sequences, int sequenceLength) {
    try (Arena arena = Arena.ofConfined()) {
      Rows rows = new Rows(arena, model, sequences, sequenceLength);
      return rows.all().stream().map(work -> beside(arena, model, work)).toList();
    }
  }

  private Kernel beside(Arena arena, ModelConfig model, Work work) {
    long bytes = (long) work.amount() / 2;
    MemorySegment from = arena.allocate(bytes, 64);
    MemorySegment to = arena.allocate(bytes, 64);
    Work copy = new Work("copy", 2.0 * bytes, () -> to.copyFrom(from));
    return new Kernel(model.name() + " " + work.name(), pairing.measure(work, copy));
  }

  /** The values of a microbatch. Amounts are bytes read and written. */
  private record Rows(Arena arena, ModelConfig model, int sequences, int length) {

    List<Work> all() {
      return List.of(embedding(), norm(), rotary(), softmax(), gate(), crossEntropy());
    }

    private int rows() {
      return sequences * length;
    }

    private Matrix noise(int height, int width, long seed) {
      return Matrix.of(Noise.floats(arena, (long) height * width, seed), 0, height, width);
    }

    private Work work(String name, long floats, Runnable body) {
      return new Work(name, (double) floats * Float.BYTES, body);
    }

    private Work embedding() {
      Matrix table = noise(model.vocabulary(), model.width(), 1);
      Matrix out = noise(rows(), model.width(), 2);
      int[] tokens = new int[rows()];
      Arrays.setAll(tokens, i -> i * 31 % model.vocabulary());
      return work(
          "embedding", 2L * rows() * model.width(), () -> Embedding.forward(table, tokens, out));
    }

    private Work norm() {
      Matrix x = noise(rows(), model.width(), 3);
      Matrix gain = noise(1, model.width(), 4);
      Matrix y = noise(rows(), model.width(), 5);
      Matrix inverse = noise(rows(), 1, 6);
      RmsNorm norm = new RmsNorm();
      return work("norm", 2L * rows() * model.width(), () -> norm.forward(x, gain, y, inverse));
    }

    private Work rotary() {
      Matrix x = noise(rows(), model.queryWidth(), 7);
      Rotary rotary = new Rotary(arena, length, model.headSize());
      return work("rotary", 2L * rows() * model.queryWidth(), () -> rotary.forward(x, length));
    }

    private Work softmax() {
      Matrix scores = noise(length * model.heads(), length, 8);
      Softmax softmax = new Softmax();
      return work(
          "softmax",
          2L * length * model.heads() * length,
          () -> softmax.causal(scores, model.heads(), 0, 1f));
    }

    private Work gate() {
      Matrix gate = noise(rows(), model.ffnWidth(), 9);
      Matrix up = noise(rows(), model.ffnWidth(), 10);
      Matrix out = noise(rows(), model.ffnWidth(), 11);
      return work("gate", 3L * rows() * model.ffnWidth(), () -> Gate.forward(gate, up, out));
    }

    private Work crossEntropy() {
      Matrix logits = noise(rows(), model.vocabulary(), 12);
      int[] targets = new int[rows()];
      Arrays.setAll(targets, i -> i * 17 % model.vocabulary());
      CrossEntropy loss = new CrossEntropy();
      return work(
          "cross-entropy",
          2L * rows() * model.vocabulary(),
          () -> Peaks.keep(loss.lossAndGradient(logits, targets)));
    }
  }
}
