package dev.redoubt.trainer.replay;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.trainer.Trainer;
import dev.redoubt.trainer.kernel.Matrix;
import dev.redoubt.trainer.program.Instruction;
import dev.redoubt.trainer.program.Probe;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Says of a microbatch what somebody who computes it elsewhere can compare with, a few numbers at a
 * time: the chained digests of all operations, digests of the rows of one operation's outputs, the
 * floats of one row. Each answer takes one computation of the microbatch.
 *
 * <p>After the operations comes one more place, the gradient as it leaves the microbatch, in rows
 * of {@value #GRADIENT_ROW} floats.
 */
public final class Tracer {

  /** Floats in a row of the gradient. */
  public static final int GRADIENT_ROW = 1024;

  private static final long PRIME = 0x9E3779B97F4A7C15L;

  /** What becomes of a gradient before it leaves. */
  @FunctionalInterface
  public interface Leaving {
    void leaves(long step, int microbatch, MemorySegment gradient);
  }

  private final Trainer trainer;
  private final MemorySegment gradient;
  private final Probe under;
  private final Leaving leaving;

  /**
   * Nothing is computed yet.
   *
   * @param trainer that nobody else uses meanwhile
   * @param gradient overwritten by each answer
   * @param under what else sees the instructions, before they are digested; it may change them
   * @param leaving what else sees the gradient, before it is digested; it may change it
   */
  public Tracer(Trainer trainer, MemorySegment gradient, Probe under, Leaving leaving) {
    this.trainer = trainer;
    this.gradient = gradient;
    this.under = under;
    this.leaving = leaving;
  }

  /** The index of the place after all operations. */
  public int gradientPlace() {
    return trainer.program().instructions().size();
  }

  /** What stands at a place, in words. */
  public String name(int place) {
    return place == gradientPlace()
        ? "the gradient"
        : Bisection.place(trainer.program(), place).toString();
  }

  /**
   * The digest of what is read, then of the outputs of the first operation, the first two and so
   * on, then of the gradient: two more than there are operations.
   *
   * @param state read only
   */
  public List<Long> chain(MemorySegment state, long step, int microbatch) {
    LocalComputation made = LocalComputation.of(trainer, state, step, microbatch, gradient, under);
    leaving.leaves(step, microbatch, gradient);
    List<Long> chain = new ArrayList<>();
    IntStream.rangeClosed(0, made.instructions()).forEach(at -> chain.add(made.prefix(at)));
    chain.add(BlockDigests.read(gradient).root().value());
    return chain;
  }

  /**
   * A digest of each row at a place; the rows of several outputs after each other.
   *
   * @throws IndexOutOfBoundsException if there is no such place
   */
  public List<Long> rows(MemorySegment state, long step, int microbatch, int place) {
    List<Long> digests = new ArrayList<>();
    visit(state, step, microbatch, place, (number, floats) -> digests.add(digest(floats)));
    return digests;
  }

  /**
   * The bits of the floats of one row.
   *
   * @throws IndexOutOfBoundsException if there is no such place
   * @throws IllegalArgumentException if it has no such row
   */
  public List<Long> row(MemorySegment state, long step, int microbatch, int place, int row) {
    List<Long> bits = new ArrayList<>();
    visit(
        state,
        step,
        microbatch,
        place,
        (number, floats) -> {
          if (number == row) {
            IntStream.range(0, floats.length)
                .forEach(at -> bits.add(Integer.toUnsignedLong(floats[at])));
          }
        });
    if (bits.isEmpty()) {
      throw new IllegalArgumentException(name(place) + " has no row " + row);
    }
    return bits;
  }

  /** Sees one row after the other; the array is used again. */
  private interface Rows {
    void row(int number, int[] floats);
  }

  private void visit(MemorySegment state, long step, int microbatch, int place, Rows rows) {
    if (Objects.checkIndex(place, gradientPlace() + 1) == gradientPlace()) {
      compute(state, step, microbatch, under);
      leaving.leaves(step, microbatch, gradient);
      gradientRows(rows);
    } else {
      Instruction wanted = trainer.program().instructions().get(place);
      compute(state, step, microbatch, under.then(new OneInstruction(wanted, rows)));
    }
  }

  private void compute(MemorySegment state, long step, int microbatch, Probe probe) {
    trainer.probe(probe);
    try {
      double ignored = trainer.gradient(state, step, microbatch, gradient);
    } finally {
      trainer.probe(null);
    }
  }

  private void gradientRows(Rows rows) {
    long count = gradient.byteSize() / Float.BYTES;
    int number = 0;
    for (long from = 0; from < count; from += GRADIENT_ROW) {
      int[] floats = new int[(int) Math.min(GRADIENT_ROW, count - from)];
      for (int at = 0; at < floats.length; at++) {
        floats[at] = gradient.getAtIndex(ValueLayout.JAVA_INT, from + at);
      }
      rows.row(number++, floats);
    }
  }

  private static long digest(int[] floats) {
    long digest = floats.length;
    for (int bits : floats) {
      digest = Long.rotateLeft(digest ^ bits, 29) * PRIME;
    }
    return digest;
  }

  /** Shows the rows that one instruction wrote. */
  private record OneInstruction(Instruction wanted, Rows rows) implements Probe {

    @Override
    @SuppressWarnings("ReferenceEquality")
    public void after(long step, int microbatch, Instruction instruction) {
      if (instruction != wanted) {
        return;
      }
      int number = 0;
      for (Matrix output : instruction.outputs()) {
        int[] floats = new int[output.columns()];
        for (int row = 0; row < output.rows(); row++) {
          for (int column = 0; column < floats.length; column++) {
            floats[column] = Float.floatToRawIntBits(output.get(row, column));
          }
          rows.row(number++, floats);
        }
      }
    }
  }
}
