package dev.redoubt.trainer;

import dev.redoubt.trainer.program.Shard;
import dev.redoubt.trainer.program.Split;

/**
 * Where a rank's part of a tensor stands in a region.
 *
 * @param name stable, such as {@code blocks.0.ffn.up}
 * @param rows of the part; 1 for the gain of a norm; of a matrix, the columns of what it is applied
 *     to
 * @param columns of the part, and of the result
 * @param offset in floats from the region's start
 * @param split which dimension the ranks share out
 * @param shard the rank whose part it is
 */
public record TensorSpec(
    String name, int rows, int columns, long offset, Split split, Shard shard) {

  /** The number of floats in the part. */
  public long size() {
    return (long) rows * columns;
  }

  /** Rows of the whole tensor. */
  public int wholeRows() {
    return split == Split.ROWS ? rows * shard.count() : rows;
  }

  /** Columns of the whole tensor. */
  public int wholeColumns() {
    return split == Split.COLUMNS ? columns * shard.count() : columns;
  }

  /** Which row of the whole tensor the part's first row is. */
  public int firstRow() {
    return split == Split.ROWS ? rows * shard.index() : 0;
  }

  /** Which column of the whole tensor the part's first column is. */
  public int firstColumn() {
    return split == Split.COLUMNS ? columns * shard.index() : 0;
  }

  /**
   * Which element of the whole tensor an element of the part is, both counted row by row.
   *
   * @param index from 0, below {@link #size}
   */
  public long wholeIndex(long index) {
    long row = firstRow() + index / columns;
    return row * wholeColumns() + firstColumn() + index % columns;
  }

  /** Whether it is the gain of a norm, which weight decay spares. */
  public boolean isGain() {
    return name.endsWith("norm");
  }
}
