package dev.redoubt.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PermutationTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 16, 17, 207, 1003, 65_536, 65_537})
  void everyValueComesOnce(int size) {
    Permutation permutation = new Permutation(42, size);
    BitSet seen = new BitSet();
    for (int i = 0; i < size; i++) {
      long value = permutation.apply(i);
      assertThat(value).isBetween(0L, size - 1L);
      seen.set((int) value);
    }
    assertThat(seen.cardinality()).isEqualTo(size);
  }

  @Test
  void anotherKeyGivesAnotherOrder() {
    Permutation one = new Permutation(1, 1000);
    Permutation two = new Permutation(2, 1000);
    int same = 0;
    int fixed = 0;
    for (int i = 0; i < 1000; i++) {
      same += one.apply(i) == two.apply(i) ? 1 : 0;
      fixed += one.apply(i) == i ? 1 : 0;
    }
    assertThat(same).isLessThan(10);
    assertThat(fixed).isLessThan(10);
  }

  @Test
  void whatIsOutOfRangeIsRefused() {
    assertThatThrownBy(() -> new Permutation(1, 10).apply(10))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new Permutation(1, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
