package dev.redoubt.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StripesTest {

  @Test
  void anyShardComesBackFromAllOthers() {
    SplittableRandom random = new SplittableRandom(5);
    for (int ranks : new int[] {2, 3, 4}) {
      Stripes stripes = new Stripes(ranks);
      long[] shards = random.longs(ranks).toArray();
      long[] sums =
          IntStream.range(0, ranks)
              .mapToLong(holder -> stripes.sum(holder, shard -> shards[shard]))
              .toArray();
      for (int lost = 0; lost < ranks; lost++) {
        int gone = lost;
        assertThat(
                stripes.restore(
                    lost,
                    shard -> shard == gone ? 0 : shards[shard],
                    holder -> holder == gone ? 0 : sums[holder]))
            .isEqualTo(shards[lost]);
      }
    }
  }
}
