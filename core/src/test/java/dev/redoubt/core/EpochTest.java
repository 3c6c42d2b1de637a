package dev.redoubt.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EpochTest {

  @Test
  void aReplacedControllerCountsOnAndIsHigher() {
    long first = Epoch.next(Epoch.claim(0, 1));
    long second = Epoch.next(Epoch.claim(first, 2));
    assertThat(Epoch.count(first)).isEqualTo(1);
    assertThat(Epoch.count(second)).isEqualTo(2);
    assertThat(second).isGreaterThan(first);
  }

  /** The restarted coordinator of torchft hands out an old epoch again. */
  @Test
  void noEpochIsHandedOutTwiceEvenByControllersThatLiveAtOnce() {
    Set<Long> handedOut = new HashSet<>();
    for (int incarnation = 1; incarnation <= 5; incarnation++) {
      long epoch = Epoch.claim(0, incarnation);
      for (int i = 0; i < 100; i++) {
        epoch = Epoch.next(epoch);
        assertThat(handedOut.add(epoch)).isTrue();
      }
    }
  }

  @Test
  void theEpochsOfTheOnlyControllerArePlainNumbers() {
    assertThat(Epoch.next(Epoch.next(0))).isEqualTo(2);
    assertThat(Epoch.text(2)).isEqualTo("2");
    assertThat(Epoch.text(Epoch.next(Epoch.claim(0, 3)))).isEqualTo("1 of controller 3 (ballot 1)");
  }

  @Test
  void theLastBallotIsRefused() {
    long last = ((long) Epoch.BALLOT_MAX) << 48;
    assertThatThrownBy(() -> Epoch.claim(last, 1)).hasMessageContaining("32767 claims");
  }
}
