package dev.redoubt.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.report.RunOutcome.ExposedCommunication;
import dev.redoubt.core.Note.Trigger;
import dev.redoubt.core.Rank;
import dev.redoubt.node.StepMeasure;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two pods of one worker; a step takes a hundred nanoseconds, a part of them waiting. */
class ExposedTimeTest {

  private final Tale tale = Tale.of(2);

  private void measured(long epoch, long step, int pod, long piece, long frame) {
    tale.history()
        .add(
            new StepMeasure(
                "w" + pod, new Rank(pod, 0), epoch, step, 100 - piece - frame, piece, frame, 8));
  }

  private void step(long step, long waitOfOne, long waitOfTwo) {
    measured(1, step, 0, 0, waitOfOne);
    measured(1, step, 1, waitOfTwo, 0);
    tale.start(step).commit(step);
  }

  @Test
  void the_first_steps_in_cold_code_do_not_count_for_more_than_any_other() {
    step(1, 90, 98);
    step(2, 10, 30);
    step(3, 20, 40);
    step(4, 12, 32);
    step(5, 11, 29);

    assertThat(ExposedTime.of(tale.history()))
        .isEqualTo(new ExposedCommunication(0.22, "pod1/rank0", 0.32, 16));
  }

  @Test
  void what_was_measured_of_a_try_that_was_given_up_does_not_count() {
    measured(1, 1, 0, 99, 0);
    measured(1, 1, 1, 99, 0);
    tale.start(1).epoch(0, Trigger.ALARM);
    measured(2, 1, 0, 10, 0);
    measured(2, 1, 1, 0, 20);
    tale.start(1).commit(1);
    measured(2, 2, 0, 99, 0);

    assertThat(ExposedTime.of(tale.history()))
        .isEqualTo(new ExposedCommunication(0.15, "pod1/rank0", 0.2, 16));
  }

  @Test
  void a_step_says_who_waited_most() {
    ExposedTime.StepShare share =
        ExposedTime.of(
            List.of(
                new StepMeasure("w0", new Rank(0, 0), 1, 1, 2_000_000_000L, 0, 0, 5),
                new StepMeasure("w1", new Rank(0, 1), 1, 1, 500_000_000L, 1_000_000_000L, 0, 7)));

    assertThat(share)
        .isEqualTo(new ExposedTime.StepShare(1.0 / 3.5, "pod0/rank1", 1.0 / 1.5, 0.5, 12));
  }

  @Test
  void without_a_committed_step_there_is_no_figure() {
    measured(1, 1, 0, 10, 0);

    assertThat(ExposedTime.of(tale.history())).isNull();
    assertThat(ExposedTime.of(List.of())).isNull();
  }
}
