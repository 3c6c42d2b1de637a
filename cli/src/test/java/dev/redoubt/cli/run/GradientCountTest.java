package dev.redoubt.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Assignment;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Seat;
import dev.redoubt.core.WorkerId;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GradientCountTest {

  /**
   * One pod of 8: the sum and three waiting left siblings. Three pods of 8: five sums, and four
   * copies to finish the tree of [0,2) [2,4) [4,5) [5,6) [6,8) in.
   */
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "1, 8, 4", "2, 2, 3", "2, 8, 4", "8, 8, 12", "3, 8, 7"})
  void what_is_in_memory_at_once(int pods, int microbatches, int most) {
    Assignment assignment =
        new Assignment(
            1,
            microbatches,
            IntStream.range(0, pods)
                .mapToObj(pod -> new Seat(new Rank(pod, 0), new WorkerId("w" + pod)))
                .toList());

    assertThat(GradientCount.most(assignment)).isEqualTo(most);
  }
}
