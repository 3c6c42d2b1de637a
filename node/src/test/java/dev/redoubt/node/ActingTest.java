package dev.redoubt.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.core.Note;
import dev.redoubt.core.WorkerId;
import java.util.List;
import org.junit.jupiter.api.Test;

class ActingTest {

  private final Acting acting = new Acting();

  @Test
  void fromTheFirstNoteOfAHigherEpochTheOlderControllerIsDeposed() {
    assertThat(acting.counts("c0", changed(1))).isTrue();
    assertThat(acting.counts("c0", changed(2))).isTrue();
    assertThat(acting.counts("c1", changed(2))).as("no higher epoch").isFalse();
    assertThat(acting.counts("c1", changed(3))).isTrue();
    assertThat(acting.counts("c0", changed(2))).as("it woke up").isFalse();
    assertThat(acting.isActing("c0")).isFalse();
  }

  @Test
  void theEpochsOfAControllerThatIsGoneAreOver() {
    assertThat(acting.counts("c0", changed(5))).isTrue();
    acting.gone("c0");
    assertThat(acting.isActing("c1")).isTrue();
    assertThat(acting.counts("c1", changed(4))).isFalse();
    assertThat(acting.counts("c1", changed(6))).isTrue();
  }

  @Test
  void whoOnlyWaitsForAMajorityDeposesNobody() {
    assertThat(acting.counts("c0", changed(5))).isTrue();
    assertThat(acting.counts("c1", new Note.Waiting(9, "alone"))).isFalse();
    assertThat(acting.isActing("c0")).isTrue();

    acting.gone("c0");
    assertThat(acting.counts("c1", new Note.Waiting(9, "alone"))).as("nobody else").isTrue();
    assertThat(acting.counts("c2", changed(6))).isTrue();
    assertThat(acting.isActing("c1")).isFalse();
  }

  @Test
  void whoLedInBetweenIsCounted() {
    acting.counts("c0", changed(5));
    acting.gone("c0");
    int before = acting.reigns();
    acting.counts("c1", changed(6));
    acting.gone("c1");

    assertThat(acting.isNobody()).isTrue();
    assertThat(acting.reigns()).as("not the same want of a controller").isEqualTo(before + 1);
  }

  private static Note changed(long epoch) {
    return new Note.ControllerChanged(epoch, epoch - 1, List.of(new WorkerId("w0")));
  }
}
