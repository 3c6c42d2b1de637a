package dev.redoubt.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.digest.Digest;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TierTest {

  private static final Tier BEGUN = Tier.begun(0, digests(0));

  private static Map<Integer, Digest> digests(long version) {
    return Map.of(0, new Digest(version * 10), 1, new Digest(version * 10 + 1));
  }

  private static Tier whole(Tier tier, long version) {
    return tier.asked(version, digests(version))
        .written(version, 0, new Digest(version * 10))
        .written(version, 1, new Digest(version * 10 + 1));
  }

  @Test
  void aVersionCountsWhenEveryShardHasItsFile() {
    Tier half = BEGUN.asked(5, digests(5)).written(5, 1, new Digest(51));
    assertThat(half.missing(5)).containsExactly(0);
    assertThat(half.newest(9)).hasValue(0);
    assertThat(half.written(5, 0, new Digest(50)).newest(9)).hasValue(5);
  }

  @Test
  void aFileWithAnotherDigestDoesNotCount() {
    Tier asked = BEGUN.asked(5, digests(5));
    assertThat(asked.written(5, 0, new Digest(99))).isEqualTo(asked);
    assertThat(asked.written(7, 0, new Digest(70))).isEqualTo(asked);
  }

  @Test
  void onlyTheNewestVersionsCountAndTheFirst() {
    Tier tier = whole(whole(whole(BEGUN, 5), 10), 15);
    assertThat(tier.newest(14)).hasValue(10);
    assertThat(tier.newest(9)).hasValue(0);
  }

  @Test
  void aFileThatCannotBeUsedIsWrittenAgainWhenItsVersionIsDueAgain() {
    Tier tier = whole(whole(BEGUN, 5), 10).without(10, 1);
    assertThat(tier.newest(12)).hasValue(5);
    assertThat(tier.asked(10, digests(10)).missing(10)).containsExactly(1);
  }

  @Test
  void whatIsNewerThanARewindIsWrittenAnew() {
    Tier tier = whole(whole(BEGUN, 5), 10).upTo(7);
    assertThat(tier.newest(12)).hasValue(5);
    assertThat(tier.asked(10, digests(10)).missing(10)).containsExactly(0, 1);
  }

  @Test
  void whatAControllerRemembersOfItIsTheSame() {
    Tier tier = whole(BEGUN, 5).asked(10, digests(10)).written(10, 1, new Digest(101));
    assertThat(Tier.of(tier.files())).isEqualTo(tier);
  }
}
