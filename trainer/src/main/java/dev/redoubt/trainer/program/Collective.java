package dev.redoubt.trainer.program;

/**
 * An exchange between the ranks of a pod.
 *
 * <p>Every rank sends its part to each other rank, and each sums or joins what it has in the fixed
 * order. That is one message time instead of the two of a reduce-scatter followed by an all-gather,
 * and all of it can hide behind computing; with at most four ranks the price is at most twice the
 * bytes.
 *
 * @param index its number in the program, which names its pieces
 * @param name of the value that is exchanged, and the kind
 * @param kind of exchange
 * @param bytes that a rank sends, to all others together
 */
public record Collective(int index, String name, Kind kind, long bytes) {

  /** What the ranks have before and after. */
  public enum Kind {
    /** Slices of a sum, then the sum on every rank. */
    ALL_REDUCE,
    /** Slices of a sum, then each rank its columns of the sum. */
    REDUCE_SCATTER,
    /** Each its columns, then all columns on every rank. */
    ALL_GATHER
  }
}
