package dev.redoubt.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.redoubt.cli.run.LossRecovery.Phase;
import dev.redoubt.core.Assignment;
import dev.redoubt.core.Detector;
import dev.redoubt.core.Note;
import dev.redoubt.core.Rank;
import dev.redoubt.core.Seat;
import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.Strike;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The phases of a way back, out of a made-up history. */
class LossRecoveryTest {

  private static final Rank RANK = new Rank(1, 0);
  private static final Assignment SEATS =
      new Assignment(2, 2, List.of(new Seat(new Rank(0, 0), new WorkerId("w0"))));

  private final RunHistory history = new RunHistory();

  private void struck(long nanos) {
    history.add(nanos, Strike.of(RecoveryPlanTest.crash("first", 5), "w1", 5, "gone"));
  }

  private void lost(long nanos, String worker) {
    history.add(
        nanos,
        new Note.WorkerLost(1, 5, new WorkerId(worker), RANK, Detector.MEMBERSHIP, "refused"));
  }

  private void committed(long nanos, long epoch, long step) {
    history.add(nanos, new Note.StepCommitted(epoch, step, List.of(), 1, SEATS));
  }

  @Test
  void every_nanosecond_from_the_kill_to_the_commit_is_in_a_phase() {
    committed(90, 1, 4);
    struck(100);
    lost(130, "w1");
    history.add(135, new Note.EpochOpened(2, 4, Note.Trigger.LOSS, "w1", SEATS));
    history.add(180, new Note.StepStarted(2, 5));
    committed(300, 2, 5);

    LossRecovery back = LossRecovery.inMemory(history, "first");

    assertThat(back.phases())
        .containsExactly(
            new Phase("noticed", 30),
            new Phase("decided", 5),
            new Phase("moved", 45),
            new Phase("running", 120));
    assertThat(back.nanos()).isEqualTo(200);
    assertThat(back.nanos(LossRecovery.REPLAYED)).isZero();
    assertThat(back.stepsRepeated()).isZero();
  }

  @Test
  void a_step_that_was_committed_before_counts_as_repeated() {
    struck(100);
    lost(130, "w1");
    history.add(135, new Note.EpochOpened(2, 2, Note.Trigger.LOSS, "w1", SEATS));
    history.add(180, new Note.StepStarted(2, 3));
    committed(300, 2, 3);

    assertThat(LossRecovery.inMemory(history, "first").stepsRepeated()).isEqualTo(2);
  }

  @Test
  void the_loss_of_somebody_else_is_not_the_noticing() {
    struck(100);
    lost(110, "w0");

    assertThatThrownBy(() -> LossRecovery.inMemory(history, "first"))
        .hasMessageContaining("WorkerLost");
  }

  @Test
  void a_fault_that_did_not_strike_is_said() {
    assertThatThrownBy(() -> LossRecovery.inMemory(history, "second"))
        .hasMessageContaining("'second' did not strike");
  }
}
