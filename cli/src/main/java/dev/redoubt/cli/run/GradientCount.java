package dev.redoubt.cli.run;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.Span;
import java.util.HashSet;
import java.util.Set;

/**
 * How many gradients a worker has in memory at once, at most: own and received sums over nodes of
 * the microbatch tree, and what is under way between them.
 */
final class GradientCount {

  private GradientCount() {}

  /** The largest number over the pods of an assignment and the moments of a step. */
  static int most(Assignment assignment) {
    int all = assignment.spans().size();
    int computing =
        assignment.pods().stream()
            .flatMap(pod -> assignment.spans(pod).stream())
            .mapToInt(GradientCount::depth)
            .max()
            .orElse(0);
    return all + Math.max(computing, scratch(assignment));
  }

  /** Sums of left siblings that wait while the last microbatch of a node is computed. */
  private static int depth(Span span) {
    return span.isLeaf() ? 0 : Math.max(depth(span.left()), 1 + depth(span.right()));
  }

  /** Finishing the tree writes into copies: what was sent or received is only read. */
  private static int scratch(Assignment assignment) {
    return scratch(Span.root(assignment.microbatches()), new HashSet<>(assignment.spans()));
  }

  private static int scratch(Span span, Set<Span> known) {
    if (known.contains(span)) {
      return 0;
    }
    int below = scratch(span.left(), known) + scratch(span.right(), known);
    return below + (known.contains(span.left()) ? 1 : 0);
  }
}
