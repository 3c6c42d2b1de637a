package dev.redoubt.trainer;

import java.util.function.BinaryOperator;
import java.util.function.IntFunction;

/**
 * The fixed binary tree in which the microbatches of a step are summed, whoever computed which.
 *
 * <p>A range splits at the largest power of two below its size, so that subtrees are aligned and an
 * aligned range of microbatches is a whole subtree.
 */
public final class SumTree {

  private SumTree() {}

  /**
   * Where the range [from, to) splits: the first index of its right half.
   *
   * @throws IllegalArgumentException if it has fewer than two elements
   */
  public static int split(int from, int to) {
    int size = to - from;
    if (size < 2) {
      throw new IllegalArgumentException("range [" + from + ", " + to + ") does not split");
    }
    return from + Integer.highestOneBit(size - 1);
  }

  /**
   * Folds the leaves 0 .. count-1, left before right.
   *
   * @param count at least 1
   */
  public static <T> T fold(int count, IntFunction<T> leaf, BinaryOperator<T> node) {
    if (count < 1) {
      throw new IllegalArgumentException("a tree has at least one leaf, not " + count);
    }
    return fold(0, count, leaf, node);
  }

  private static <T> T fold(int from, int to, IntFunction<T> leaf, BinaryOperator<T> node) {
    if (to - from == 1) {
      return leaf.apply(from);
    }
    int middle = split(from, to);
    T left = fold(from, middle, leaf, node);
    return node.apply(left, fold(middle, to, leaf, node));
  }

  /** The sum of the values, in the tree's order. */
  public static double sum(double[] values) {
    return fold(values.length, index -> values[index], Double::sum);
  }
}
