package dev.redoubt.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpanTest {

  @Test
  void aNodeSplitsAtTheLargestPowerOfTwoBelowItsSize() {
    assertThat(Span.root(7).left()).isEqualTo(new Span(0, 4));
    assertThat(Span.root(7).right()).isEqualTo(new Span(4, 7));
    assertThat(new Span(4, 7).left()).isEqualTo(new Span(4, 6));
    assertThat(Span.root(8).left()).isEqualTo(new Span(0, 4));
    assertThat(Span.root(9).right()).isEqualTo(new Span(8, 9));
    assertThat(Span.root(2).left().isLeaf()).isTrue();
  }

  @Test
  void aCoverIsExactAndOfNodesOfTheTreeAndTheFewest() {
    for (int size = 1; size <= 33; size++) {
      Span root = Span.root(size);
      for (int low = 0; low < size; low++) {
        for (int high = low + 1; high <= size; high++) {
          List<Span> cover = root.cover(low, high);
          int next = low;
          for (Span span : cover) {
            assertThat(span.from()).isEqualTo(next);
            assertThat(isNode(root, span)).as("%s in %s", span, root).isTrue();
            next = span.to();
          }
          assertThat(next).isEqualTo(high);
          assertThat(cover).hasSize(fewest(root, low, high));
        }
      }
    }
  }

  private static boolean isNode(Span node, Span wanted) {
    return node.equals(wanted)
        || (!node.isLeaf() && (isNode(node.left(), wanted) || isNode(node.right(), wanted)));
  }

  /** Nodes inside of the range whose parent is not. */
  private static int fewest(Span node, int low, int high) {
    if (low <= node.from() && node.to() <= high) {
      return 1;
    }
    boolean apart = node.to() <= low || high <= node.from();
    return apart || node.isLeaf()
        ? 0
        : fewest(node.left(), low, high) + fewest(node.right(), low, high);
  }

  @Test
  void nothingIsCoveredByNothing() {
    assertThat(Span.root(5).cover(3, 3)).isEmpty();
    assertThat(Span.root(5).cover(7, 9)).isEmpty();
    assertThat(Span.root(5).cover(-2, 99)).containsExactly(Span.root(5));
  }

  @Test
  void anEmptySpanAndTheChildrenOfALeafAreRefused() {
    assertThatThrownBy(() -> new Span(3, 3)).hasMessage("an empty span [3,3)");
    assertThatThrownBy(() -> new Span(-1, 3)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Span(3, 4).left()).hasMessage("leaf [3,4) has no children");
  }

  @Test
  void parentsComeBeforeTheirChildren() {
    assertThat(List.of(new Span(4, 6), new Span(0, 2), new Span(0, 4)).stream().sorted())
        .containsExactly(new Span(0, 4), new Span(0, 2), new Span(4, 6));
  }
}
