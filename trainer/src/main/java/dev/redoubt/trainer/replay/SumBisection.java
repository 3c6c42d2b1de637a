package dev.redoubt.trainer.replay;

import dev.redoubt.digest.Digest;
import dev.redoubt.trainer.SumTree;
import java.util.Optional;

/**
 * Finds where two sums over the microbatches of a step part: in the gradient of a microbatch, or in
 * an addition. It asks for one node of each level of the tree and its left neighbour, so for about
 * twice log2 of the number of microbatches.
 */
public final class SumBisection {

  private SumBisection() {}

  /** Tells the digest of a node of the {@link SumTree}: the sum of the microbatches [from, to). */
  @FunctionalInterface
  public interface Sums {
    Digest digest(int from, int to);
  }

  /**
   * A node that differs although all that it is made of agrees.
   *
   * @param from the first microbatch in it
   * @param to after the last one
   */
  public record Node(int from, int to) {

    /** Whether it is the gradient of one microbatch, and no sum. */
    public boolean isGradient() {
      return to - from == 1;
    }

    @Override
    public String toString() {
      return isGradient()
          ? "the gradient of microbatch " + from
          : "the sum of the microbatches [" + from + ", " + to + ")";
    }
  }

  /**
   * The first node that differs, in the order in which they are made; empty if the whole sums
   * agree.
   *
   * @param microbatches in the step, at least 1
   */
  public static Optional<Node> first(int microbatches, Sums expected, Sums suspect) {
    return first(0, microbatches, expected, suspect);
  }

  private static Optional<Node> first(int from, int to, Sums expected, Sums suspect) {
    if (expected.digest(from, to).equals(suspect.digest(from, to))) {
      return Optional.empty();
    }
    if (to - from == 1) {
      return Optional.of(new Node(from, to));
    }
    int middle = SumTree.split(from, to);
    return first(from, middle, expected, suspect)
        .or(() -> first(middle, to, expected, suspect))
        .or(() -> Optional.of(new Node(from, to)));
  }
}
