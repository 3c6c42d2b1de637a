package dev.redoubt.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.digest.Digest;
import dev.redoubt.trainer.SumTree;
import dev.redoubt.trainer.replay.SumBisection.Node;
import dev.redoubt.trainer.replay.SumBisection.Sums;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SumBisectionTest {

  /** Sums of numbers, with one off where a node is wrong. */
  private record Wrong(Set<Node> nodes) implements Sums {

    @Override
    public Digest digest(int from, int to) {
      return new Digest(value(from, to));
    }

    private long value(int from, int to) {
      long off = nodes.contains(new Node(from, to)) ? 1 << 20 : 0;
      if (to - from == 1) {
        return from * 7L + off;
      }
      int middle = SumTree.split(from, to);
      return value(from, middle) + value(middle, to) + off;
    }
  }

  private static final Sums RIGHT = new Wrong(Set.of());

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 8, 13})
  void eachWrongNodeIsNamed(int microbatches) {
    assertThat(SumBisection.first(microbatches, RIGHT, RIGHT)).isEmpty();
    eachNode(0, microbatches, microbatches);
  }

  private static void eachNode(int from, int to, int microbatches) {
    Node node = new Node(from, to);
    assertThat(SumBisection.first(microbatches, RIGHT, new Wrong(Set.of(node)))).contains(node);
    if (to - from > 1) {
      int middle = SumTree.split(from, to);
      eachNode(from, middle, microbatches);
      eachNode(middle, to, microbatches);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8})
  void ofSeveralTheFirstIsNamed(int microbatches) {
    Set<Node> two = Set.of(new Node(2, 4), new Node(6, 7));
    Optional<Node> first = SumBisection.first(microbatches, RIGHT, new Wrong(two));
    assertThat(first.map(Node::toString)).contains("the sum of the microbatches [2, 4)");
    assertThat(List.of(new Node(6, 7).toString())).containsExactly("the gradient of microbatch 6");
  }
}
