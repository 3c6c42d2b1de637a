package dev.redoubt.trainer.kernel;

import static dev.redoubt.trainer.kernel.Memory.ALL;
import static dev.redoubt.trainer.kernel.Memory.ANY;
import static dev.redoubt.trainer.kernel.Memory.LANES;
import static dev.redoubt.trainer.kernel.Memory.SPECIES;
import static dev.redoubt.trainer.kernel.Memory.STEP;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import jdk.incubator.vector.FloatVector;

/**
 * The register blocks of the matrix product: four rows by two vectors of columns.
 *
 * <p>Eight sums are enough to hide the latency of the multiply-add, and they fit into the 16
 * registers of AVX2; eight rows were no faster at 512 bits and spilled at 256. The factors come
 * from heap arrays: there the compiler proves the bounds once for each tile, whereas each read of
 * native memory brings a comparison, or a loop around the loop.
 *
 * <p>Two limits keep these methods as they are. The second compiler stops to inline what the JDK
 * does not force it to (past 18,000 nodes, or where a call is rare), and one vector that goes
 * through a call that is not inlined is boxed in every turn of the loop: 30 times slower. So there
 * is no call here to a method of this project. The first compiler has some 10,000 virtual
 * registers: a method that it cannot compile with profiling may stay without for good, 100 times
 * slower. Eight rows with loads and stores of native memory were past it.
 */
final class Tiles {

  /** Rows of a tile. */
  static final int ROWS = 4;

  /** Columns of a tile. */
  static final int COLUMNS = 2 * LANES;

  private Tiles() {}

  /**
   * {@code c[i, :] = start[i, :] + sum over k of a[i, k] * b[k, :]}, the left factor in rows.
   *
   * @param left rows of {@link LeftStrip#STRIDE} floats
   * @param from index of its first element
   * @param right packed: {@code depth} rows of {@link #COLUMNS}
   * @param at index of its first element
   * @param start address of where the sums begin: the target, or zeros. A branch in this place, with
   *     vectors from either side, was boxed in some runs and not in others
   * @param startStep bytes from one of its rows to the next
   * @param c address of the target
   * @param cStep bytes from one of its rows to the next
   */
  static void rows(
      float[] left,
      int from,
      float[] right,
      int at,
      int depth,
      long start,
      long startStep,
      long c,
      long cStep) {
    long start0 = start & ANY;
    long start1 = (start + startStep) & ANY;
    long start2 = (start + 2 * startStep) & ANY;
    long start3 = (start + 3 * startStep) & ANY;
    FloatVector c00 = FloatVector.fromMemorySegment(SPECIES, ALL, start0, LITTLE_ENDIAN);
    FloatVector c01 = FloatVector.fromMemorySegment(SPECIES, ALL, start0 + STEP, LITTLE_ENDIAN);
    FloatVector c10 = FloatVector.fromMemorySegment(SPECIES, ALL, start1, LITTLE_ENDIAN);
    FloatVector c11 = FloatVector.fromMemorySegment(SPECIES, ALL, start1 + STEP, LITTLE_ENDIAN);
    FloatVector c20 = FloatVector.fromMemorySegment(SPECIES, ALL, start2, LITTLE_ENDIAN);
    FloatVector c21 = FloatVector.fromMemorySegment(SPECIES, ALL, start2 + STEP, LITTLE_ENDIAN);
    FloatVector c30 = FloatVector.fromMemorySegment(SPECIES, ALL, start3, LITTLE_ENDIAN);
    FloatVector c31 = FloatVector.fromMemorySegment(SPECIES, ALL, start3 + STEP, LITTLE_ENDIAN);
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, right, at + k * COLUMNS);
      FloatVector b1 = FloatVector.fromArray(SPECIES, right, at + k * COLUMNS + LANES);
      FloatVector x = FloatVector.broadcast(SPECIES, left[from + k]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(SPECIES, left[from + k + LeftStrip.STRIDE]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(SPECIES, left[from + k + 2 * LeftStrip.STRIDE]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(SPECIES, left[from + k + 3 * LeftStrip.STRIDE]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
    }
    long row0 = c & ANY;
    long row1 = (c + cStep) & ANY;
    long row2 = (c + 2 * cStep) & ANY;
    long row3 = (c + 3 * cStep) & ANY;
    c00.intoMemorySegment(ALL, row0, LITTLE_ENDIAN);
    c01.intoMemorySegment(ALL, row0 + STEP, LITTLE_ENDIAN);
    c10.intoMemorySegment(ALL, row1, LITTLE_ENDIAN);
    c11.intoMemorySegment(ALL, row1 + STEP, LITTLE_ENDIAN);
    c20.intoMemorySegment(ALL, row2, LITTLE_ENDIAN);
    c21.intoMemorySegment(ALL, row2 + STEP, LITTLE_ENDIAN);
    c30.intoMemorySegment(ALL, row3, LITTLE_ENDIAN);
    c31.intoMemorySegment(ALL, row3 + STEP, LITTLE_ENDIAN);
  }

  /** The same with the left factor in columns of {@link LeftStrip#ROWS} floats, one for each k. */
  static void columns(
      float[] left,
      int from,
      float[] right,
      int at,
      int depth,
      long start,
      long startStep,
      long c,
      long cStep) {
    long start0 = start & ANY;
    long start1 = (start + startStep) & ANY;
    long start2 = (start + 2 * startStep) & ANY;
    long start3 = (start + 3 * startStep) & ANY;
    FloatVector c00 = FloatVector.fromMemorySegment(SPECIES, ALL, start0, LITTLE_ENDIAN);
    FloatVector c01 = FloatVector.fromMemorySegment(SPECIES, ALL, start0 + STEP, LITTLE_ENDIAN);
    FloatVector c10 = FloatVector.fromMemorySegment(SPECIES, ALL, start1, LITTLE_ENDIAN);
    FloatVector c11 = FloatVector.fromMemorySegment(SPECIES, ALL, start1 + STEP, LITTLE_ENDIAN);
    FloatVector c20 = FloatVector.fromMemorySegment(SPECIES, ALL, start2, LITTLE_ENDIAN);
    FloatVector c21 = FloatVector.fromMemorySegment(SPECIES, ALL, start2 + STEP, LITTLE_ENDIAN);
    FloatVector c30 = FloatVector.fromMemorySegment(SPECIES, ALL, start3, LITTLE_ENDIAN);
    FloatVector c31 = FloatVector.fromMemorySegment(SPECIES, ALL, start3 + STEP, LITTLE_ENDIAN);
    for (int k = 0; k < depth; k++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, right, at + k * COLUMNS);
      FloatVector b1 = FloatVector.fromArray(SPECIES, right, at + k * COLUMNS + LANES);
      FloatVector x = FloatVector.broadcast(SPECIES, left[from + k * LeftStrip.ROWS]);
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(SPECIES, left[from + k * LeftStrip.ROWS + 1]);
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(SPECIES, left[from + k * LeftStrip.ROWS + 2]);
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(SPECIES, left[from + k * LeftStrip.ROWS + 3]);
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
    }
    long row0 = c & ANY;
    long row1 = (c + cStep) & ANY;
    long row2 = (c + 2 * cStep) & ANY;
    long row3 = (c + 3 * cStep) & ANY;
    c00.intoMemorySegment(ALL, row0, LITTLE_ENDIAN);
    c01.intoMemorySegment(ALL, row0 + STEP, LITTLE_ENDIAN);
    c10.intoMemorySegment(ALL, row1, LITTLE_ENDIAN);
    c11.intoMemorySegment(ALL, row1 + STEP, LITTLE_ENDIAN);
    c20.intoMemorySegment(ALL, row2, LITTLE_ENDIAN);
    c21.intoMemorySegment(ALL, row2 + STEP, LITTLE_ENDIAN);
    c30.intoMemorySegment(ALL, row3, LITTLE_ENDIAN);
    c31.intoMemorySegment(ALL, row3 + STEP, LITTLE_ENDIAN);
  }
}
