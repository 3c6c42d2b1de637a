package dev.redoubt.trainer;

/**
 * Where a tensor stands in a region.
 *
 * @param name stable, such as {@code blocks.0.ffn.up}
 * @param rows 1 for the gain of a norm; of a matrix, the columns of what it is applied to
 * @param columns of the result
 * @param offset in floats from the region's start
 */
public record TensorSpec(String name, int rows, int columns, long offset) {

  /** The number of floats. */
  public long size() {
    return (long) rows * columns;
  }

  /** Whether it is the gain of a norm, which weight decay spares. */
  boolean isGain() {
    return name.endsWith("norm");
  }
}
