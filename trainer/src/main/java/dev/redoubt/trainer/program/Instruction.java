package dev.redoubt.trainer.program;

import dev.redoubt.trainer.kernel.Into;
import dev.redoubt.trainer.kernel.Matrix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the static list: a kernel bound to its windows, with the identity under which a
 * fault, a checksum or a replay names it: {@code blocks.2.attention.scores[1,3]}.
 */
public final class Instruction {

  /** What an instruction does. */
  public enum Kind {
    /** Looks tokens up, or sums their rows. */
    EMBED,
    /** A matrix product; it has {@link Instruction#factors}. */
    PRODUCT,
    /** Root-mean-square normalisation, or its gradient. */
    NORM,
    /** Rotary positions. */
    ROTARY,
    /** Causal softmax, or its gradient. */
    SOFTMAX,
    /** The gate of the feed-forward, or its gradient. */
    GATE,
    /** A sum of values or of slices. */
    SUM,
    /** Moves values. */
    COPY,
    /** Writes zeros. */
    ZERO,
    /** Cross-entropy and its gradient. */
    LOSS,
    /** Gives a piece to the other ranks. */
    SEND,
    /** Waits for the pieces of the other ranks. */
    RECEIVE,
    /** Tells that a part of the gradient is final. */
    BUCKET
  }

  /**
   * The factors of a product as they stand in memory, for checksums over it.
   *
   * @param left m x k, or k x m if it is transposed
   * @param leftTransposed whether the product reads it by columns
   * @param right k x n, or n x k if it is transposed
   * @param rightTransposed whether the product reads it by columns
   * @param into whether the output begins at zero or continues
   */
  public record Factors(
      Matrix left, boolean leftTransposed, Matrix right, boolean rightTransposed, Into into) {

    /** Of the contraction. */
    public int depth() {
      return leftTransposed ? left.rows() : left.columns();
    }
  }

  @FunctionalInterface
  interface Action {
    void run(Machine machine);
  }

  private final String name;
  private final Kind kind;
  private final Tile tile;
  private final List<Matrix> outputs;
  private final @Nullable Factors factors;
  private final long flops;
  private final Action action;

  Instruction(
      String name,
      Kind kind,
      Tile tile,
      List<Matrix> outputs,
      @Nullable Factors factors,
      long flops,
      Action action) {
    this.name = name;
    this.kind = kind;
    this.tile = tile;
    this.outputs = List.copyOf(outputs);
    this.factors = factors;
    this.flops = flops;
    this.action = action;
  }

  /** The operation; the same on every mesh and in every version of the schedule. */
  public String name() {
    return name;
  }

  public Kind kind() {
    return kind;
  }

  /** Which piece of the operation. */
  public Tile tile() {
    return tile;
  }

  /**
   * The windows that it writes, the main one first; none if it only sends or tells. A window of a
   * tile may stand in memory that the next tile overwrites.
   */
  public List<Matrix> outputs() {
    return outputs;
  }

  /** Of a product only. */
  public @Nullable Factors factors() {
    return factors;
  }

  /** Floating-point operations of a product; what else there is, is small and counts as none. */
  public long flops() {
    return flops;
  }

  void run(Machine machine) {
    action.run(machine);
  }

  /** Name and tile. */
  @Override
  public String toString() {
    return name + tile;
  }
}
