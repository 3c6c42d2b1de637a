package dev.redoubt.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.trainer.TrainConfig;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is judged by is not trained on. */
class HeldOutTest {

  private static final TrainConfig TRAIN = TrainConfig.defaults(1, 1, 1, 1, 16);

  private static byte[] text(int bytes) {
    byte[] text = new byte[bytes];
    new Random(bytes).nextBytes(text);
    return text;
  }

  @ParameterizedTest
  @ValueSource(ints = {340, 341, 1003, 70_001, 1_400_000, 2_550_001})
  void aTwentiethIsHeldOutAndNothingIsLost(int bytes) throws Exception {
    byte[] text = text(bytes);
    HeldOut parts = HeldOut.of(text, TRAIN);
    long held = parts.heldOut().samples() * 16;
    assertThat(held).isBetween(bytes / 20 - 16L, bytes / 20 + 1L);
    long training = parts.training().samples() * 16;
    assertThat(held + training).isBetween(bytes - 34L, (long) bytes);
  }

  @Test
  void noWindowIsInBoth() throws Exception {
    HeldOut parts = HeldOut.of(text(100_000), TRAIN);
    Set<String> trained = windows(parts.training());
    Set<String> held = windows(parts.heldOut());
    assertThat(held).isNotEmpty().doesNotContainAnyElementsOf(trained);
  }

  private static Set<String> windows(Samples data) {
    Set<String> windows = new HashSet<>();
    Sample sample = Sample.ofText(16);
    for (long index = 0; index < data.samples(); index++) {
      data.sample(index, sample);
      windows.add(Arrays.toString(sample.tokens()) + sample.targets()[15]);
    }
    return windows;
  }

  /** Pieces of 50 bytes: the first that is held out is the twentieth. */
  @Test
  void bothPartsSayWhereTheirTokensCameFrom() throws Exception {
    HeldOut parts = HeldOut.of(text(1000), TRAIN);
    assertThat(parts.heldOut().origin(0, 0)).isEqualTo(new TokenOrigin("text", "", 950));
    assertThat(parts.training().origin(1, 3)).isEqualTo(new TokenOrigin("text", "", 19));
  }

  /** Pieces of 65,600 bytes: the second that is held out is the fortieth. */
  @Test
  void originsFollowThePiecesThatWereTakenOut() throws Exception {
    HeldOut parts = HeldOut.of(text(40 * 65_600), TRAIN);
    assertThat(parts.heldOut().origin(4100, 0).position()).isEqualTo(39L * 65_600);
    assertThat(parts.training().origin(4100 * 19, 0).position()).isEqualTo(20L * 65_600);
  }

  @Test
  void tooLittleTextIsRefused() {
    assertThatThrownBy(() -> HeldOut.of(text(339), TRAIN))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith("the data has 339 bytes, but to hold out a twentieth of it 340");
  }
}
