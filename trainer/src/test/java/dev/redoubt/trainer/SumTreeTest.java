package dev.redoubt.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SumTreeTest {

  @ParameterizedTest
  @CsvSource({
    "1, 0",
    "2, (0 1)",
    "3, ((0 1) 2)",
    "4, ((0 1) (2 3))",
    "5, (((0 1) (2 3)) 4)",
    "6, (((0 1) (2 3)) (4 5))",
    "7, (((0 1) (2 3)) ((4 5) 6))",
    "8, (((0 1) (2 3)) ((4 5) (6 7)))"
  })
  void rangesSplitAtTheLargestPowerOfTwoBelowTheirSize(int count, String shape) {
    String tree =
        SumTree.fold(count, String::valueOf, (left, right) -> "(" + left + " " + right + ")");
    assertThat(tree).isEqualTo(shape);
  }

  @Test
  void doublesAreSummedInTheSameShape() {
    double[] values = {1e16, 1, -1e16, 1, 0.25};
    assertThat(SumTree.sum(values)).isEqualTo((1e16 + 1) + (-1e16 + 1) + 0.25);
    assertThat(SumTree.sum(new double[] {3})).isEqualTo(3);
  }

  @Test
  void nothingHasNoSumAndOneElementDoesNotSplit() {
    assertThatThrownBy(() -> SumTree.sum(new double[0]))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> SumTree.split(3, 4)).isInstanceOf(IllegalArgumentException.class);
  }
}
