package dev.redoubt.fault;

/** What one operation of a microbatch has just written. */
public interface OperationOutput extends Cells {

  /** The operation, such as {@code blocks.2.ffn.up}. */
  String name();

  /** Name and tile, such as {@code blocks.2.ffn.up[0,0]}. */
  String tiled();

  /** Whether it is a matrix product. */
  boolean isProduct();

  /** Columns of its output. */
  int columns();

  /** The bits of an operand that a result is made from; 0 if it is no product. */
  int operand(long index);
}
