package dev.redoubt.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AssignmentTest {

  private static Assignment assignment(int microbatches, int... pods) {
    List<Seat> seats = new ArrayList<>();
    for (int pod : pods) {
      seats.add(new Seat(new Rank(pod, 0), new WorkerId("a" + pod)));
      seats.add(new Seat(new Rank(pod, 1), new WorkerId("b" + pod)));
    }
    return new Assignment(1, microbatches, seats);
  }

  @Test
  void everyMicrobatchIsComputedOnceAndSharesAreNearlyEqual() {
    for (int pods = 1; pods <= 9; pods++) {
      for (int microbatches = 1; microbatches <= 20; microbatches++) {
        int[] live = IntStream.range(0, pods).toArray();
        Assignment assignment = assignment(microbatches, live);
        List<Integer> used = new ArrayList<>();
        for (int pod : live) {
          int share = 0;
          for (Span span : assignment.spans(pod)) {
            share += span.size();
            IntStream.range(span.from(), span.to()).forEach(used::add);
          }
          assertThat(share).isBetween(microbatches / pods, (microbatches + pods - 1) / pods);
        }
        assertThat(used).isEqualTo(IntStream.range(0, microbatches).boxed().toList());
      }
    }
  }

  @Test
  void aShareIsMadeOfWholeNodesOfTheTree() {
    for (int pods = 1; pods <= 9; pods++) {
      for (int microbatches = 1; microbatches <= 20; microbatches++) {
        Assignment assignment = assignment(microbatches, IntStream.range(0, pods).toArray());
        assertThat(folds(Span.root(microbatches), assignment.spans())).isTrue();
      }
    }
  }

  /** Whether the sum over {@code node} can be made from {@code parts}. */
  private static boolean folds(Span node, List<Span> parts) {
    return parts.contains(node)
        || (!node.isLeaf() && folds(node.left(), parts) && folds(node.right(), parts));
  }

  @Test
  void thePlaceAmongTheLivingCountsNotTheNumberOfThePod() {
    assertThat(assignment(8, 1, 4).spans(1)).isEqualTo(assignment(8, 0, 1).spans(0));
    assertThat(assignment(8, 1, 4).spans(4)).containsExactly(new Span(4, 8));
    assertThat(assignment(8, 1, 4).spans(0)).isEmpty();
    assertThat(assignment(8, 1, 4).pods()).containsExactly(1, 4);
  }

  @Test
  void peersHoldTheSameShardInOtherPods() {
    Assignment assignment = assignment(8, 0, 1, 2);
    assertThat(assignment.peersOf(new WorkerId("b1")))
        .containsExactly(new WorkerId("b0"), new WorkerId("b2"));
    assertThatThrownBy(() -> assignment.peersOf(new WorkerId("c1")))
        .hasMessageStartingWith("c1 has no rank in");
  }
}
