package dev.redoubt.trainer.replay;

import dev.redoubt.digest.BlockDigest;
import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.kernel.Pairs;
import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.Probe;
import dev.redoubt.trainer.program.Program;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A computation in this process: run once for the digests, and once more for each output that is
 * asked for. It keeps 8 bytes for each instruction; keeping the outputs instead would take the
 * memory of all activations at once.
 */
public final class LocalComputation implements Computation {

  private static final long PRIME = 0xC2B2AE3D27D4EB4FL;

  /** Computes the microbatch under a probe; the same each time, unless the machine is at fault. */
  @FunctionalInterface
  public interface Pass {
    void run(Probe probe);
  }

  private final Program program;
  private final Pass pass;
  private final long[] prefixes;

  /**
   * Computes it for the first time.
   *
   * @param program that the pass runs
   * @param inputs digest of what the pass reads
   */
  public LocalComputation(Program program, long inputs, Pass pass) {
    this.program = program;
    this.pass = pass;
    try (Chain chain = new Chain(program.instructions().size(), inputs)) {
      pass.run(chain);
      prefixes = chain.prefixes();
    }
  }

  /**
   * A microbatch of a trainer, which must not be used by anybody else meanwhile.
   *
   * @param state read, only in its parameters region
   * @param gradient overwritten each time
   * @param under what else sees the instructions, before they are digested; it may change them
   */
  public static LocalComputation of(
      Trainer trainer,
      MemorySegment state,
      long step,
      int microbatch,
      MemorySegment gradient,
      Probe under) {
    MemorySegment parameters = state.asSlice(0, trainer.layout().regionBytes());
    long inputs = BlockDigests.read(parameters).root().value();
    return new LocalComputation(
        trainer.program(),
        inputs,
        probe -> {
          trainer.probe(under.then(probe));
          try {
            double ignored = trainer.gradient(state, step, microbatch, gradient);
          } finally {
            trainer.probe(null);
          }
        });
  }

  @Override
  public int instructions() {
    return prefixes.length - 1;
  }

  @Override
  public long prefix(int count) {
    return prefixes[count];
  }

  @Override
  public List<Window> output(int at) {
    Capture capture = new Capture(program.instructions().get(at));
    pass.run(capture);
    return Objects.requireNonNull(capture.seen, () -> "the pass did not come to " + at);
  }

  /** Digests each output as it is made, and chains the digests. */
  private static final class Chain implements Probe, AutoCloseable {

    private final long[] prefixes;
    private final long[] lanes = BlockDigest.room();
    private Arena arena = Arena.ofConfined();
    private MemorySegment room = arena.allocate(Long.BYTES, 64);
    private int done;

    Chain(int instructions, long inputs) {
      prefixes = new long[instructions + 1];
      prefixes[0] = inputs;
    }

    @Override
    public void after(long step, int microbatch, Instruction instruction) {
      long chained = done == 0 ? 0 : prefixes[done];
      for (Matrix output : instruction.outputs()) {
        chained = Long.rotateLeft(chained ^ digest(output), 29) * PRIME;
      }
      done++;
      prefixes[done] = chained;
    }

    /** A window may have gaps, which are not its own. */
    private long digest(Matrix output) {
      long floats = (long) output.rows() * output.columns();
      long bytes = (floats + 1) / 2 * Long.BYTES;
      if (room.byteSize() < bytes) {
        arena.close();
        arena = Arena.ofConfined();
        room = arena.allocate(bytes, 64);
      }
      room.asSlice(0, bytes).fill((byte) 0);
      Pairs.copy(output, Matrix.of(room, 0, output.rows(), output.columns()));
      return BlockDigest.of(room, 0, bytes, lanes);
    }

    long[] prefixes() {
      if (done != prefixes.length - 1) {
        throw new IllegalStateException(
            "the pass ran %d instructions of %d".formatted(done, prefixes.length - 1));
      }
      return prefixes;
    }

    @Override
    public void close() {
      arena.close();
    }
  }

  /** Copies what one instruction writes. */
  private static final class Capture implements Probe {

    private final Instruction wanted;
    private @Nullable List<Window> seen;

    Capture(Instruction wanted) {
      this.wanted = wanted;
    }

    @Override
    @SuppressWarnings("ReferenceEquality")
    public void after(long step, int microbatch, Instruction instruction) {
      if (instruction == wanted) {
        seen = instruction.outputs().stream().map(Capture::copy).toList();
      }
    }

    private static Window copy(Matrix output) {
      List<Integer> bits = new ArrayList<>();
      for (int row = 0; row < output.rows(); row++) {
        for (int column = 0; column < output.columns(); column++) {
          bits.add(Float.floatToRawIntBits(output.get(row, column)));
        }
      }
      return new Window(output.rows(), output.columns(), bits);
    }
  }
}
