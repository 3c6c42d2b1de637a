package dev.redoubt.trainer.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * A window of 32-bit floats in native memory, row by row: the only thing that a kernel accepts.
 *
 * <p>Its bounds are checked here, once; the kernels then run on raw addresses. A window on a closed
 * arena is refused when a kernel asks for its address. Keep the arena open while a kernel runs.
 */
public final class Matrix {

  private static final long FLOAT = Float.BYTES;

  private final Base base;
  private final long offset;
  private final int rows;
  private final int columns;
  private final long stride;

  private Matrix(Base base, long offset, int rows, int columns, long stride) {
    this.base = base;
    this.offset = offset;
    this.rows = rows;
    this.columns = columns;
    this.stride = stride;
  }

  /**
   * A window whose rows follow each other without a gap.
   *
   * @param offset of the first element, in floats from the segment's start
   * @throws IndexOutOfBoundsException if it does not lie within the segment
   * @throws IllegalArgumentException if the segment is on the heap
   */
  public static Matrix of(MemorySegment segment, long offset, int rows, int columns) {
    return of(Base.of(segment), offset, rows, columns);
  }

  /**
   * The same over a base that is bound to memory later, and may be bound anew: the window moves
   * with it.
   *
   * @throws IndexOutOfBoundsException if it does not lie within the base
   */
  public static Matrix of(Base base, long offset, int rows, int columns) {
    if (offset < 0 || rows < 0 || columns < 0 || offset + (long) rows * columns > base.floats()) {
      throw new IndexOutOfBoundsException(
          "%d x %d floats from float %d of a segment of %d bytes"
              .formatted(rows, columns, offset, base.floats() * FLOAT));
    }
    return new Matrix(base, offset, rows, columns, columns);
  }

  /** A new matrix of zeros, aligned to a cache line. */
  public static Matrix allocate(SegmentAllocator allocator, int rows, int columns) {
    long bytes = Math.max(1, (long) rows * columns) * FLOAT;
    return of(allocator.allocate(bytes, 64), 0, rows, columns);
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns;
  }

  /** From one row to the next, in floats. */
  public long stride() {
    return stride;
  }

  /** The window of {@code count} rows from row {@code from}. */
  public Matrix rows(int from, int count) {
    checkRange(from, count, rows, "rows");
    return new Matrix(base, offset + from * stride, count, columns, stride);
  }

  /** The window of {@code count} columns from column {@code from}. */
  public Matrix columns(int from, int count) {
    checkRange(from, count, columns, "columns");
    return new Matrix(base, offset + from, rows, count, stride);
  }

  /** The rows {@code first}, {@code first + step}, {@code first + 2 * step} and so on. */
  public Matrix everyRow(int step, int first) {
    if (step <= 0 || first < 0 || first >= step) {
      throw new IllegalArgumentException("every " + step + "th row from row " + first);
    }
    int count = (rows - first + step - 1) / step;
    return new Matrix(base, offset + first * stride, count, columns, stride * step);
  }

  /** The same floats in another shape; only for a window without gaps. */
  public Matrix reshape(int newRows, int newColumns) {
    if (stride != columns || (long) newRows * newColumns != (long) rows * columns) {
      throw new IllegalArgumentException(
          "cannot see " + this + " as " + newRows + " x " + newColumns);
    }
    return new Matrix(base, offset, newRows, newColumns, newColumns);
  }

  /** Whether the rows follow each other without a gap. */
  public boolean contiguous() {
    return stride == columns || rows <= 1;
  }

  /** One element; for tests and single reads, not for loops that must be fast. */
  public float get(int row, int column) {
    return Memory.get(element(row, column));
  }

  /** Sets one element. */
  public void set(int row, int column, float value) {
    Memory.set(element(row, column), value);
  }

  /**
   * Copies floats into a part of a row.
   *
   * @param from holds little-endian floats
   * @param firstFloat of those to copy
   * @throws IndexOutOfBoundsException if there are not so many, there or here
   */
  public void put(int row, int column, MemorySegment from, long firstFloat, int count) {
    checkRange(row, 1, rows, "rows");
    checkRange(column, count, columns, "columns");
    long to = row(row) + column * FLOAT;
    MemorySegment.copy(from, firstFloat * FLOAT, Memory.ALL, to, count * FLOAT);
  }

  private long element(int row, int column) {
    checkRange(row, 1, rows, "rows");
    checkRange(column, 1, columns, "columns");
    return row(row) + column * FLOAT;
  }

  /** The address of the first element. */
  long address() {
    return base.address() + offset * FLOAT;
  }

  /** The address of a row that the caller knows to exist. */
  long row(int row) {
    return address() + row * rowBytes();
  }

  /** From one row to the next, in bytes. */
  long rowBytes() {
    return stride * FLOAT;
  }

  /** The number of elements of a window without gaps. */
  int size() {
    if (!contiguous()) {
      throw new IllegalArgumentException(this + " has gaps between its rows");
    }
    return Math.multiplyExact(rows, columns);
  }

  void checkShape(int wantedRows, int wantedColumns) {
    if (rows != wantedRows || columns != wantedColumns) {
      throw new IllegalArgumentException(
          this + " where " + wantedRows + " x " + wantedColumns + " is needed");
    }
  }

  private static void checkRange(int from, int count, int limit, String what) {
    if (from < 0 || count < 0 || from > limit - count) {
      throw new IndexOutOfBoundsException(
          what + " " + from + ".." + (from + count) + " of " + limit);
    }
  }

  @Override
  public String toString() {
    return "matrix of " + rows + " x " + columns;
  }
}
