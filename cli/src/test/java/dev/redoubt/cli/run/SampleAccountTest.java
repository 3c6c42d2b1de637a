package dev.redoubt.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.report.Outcomes;
import dev.redoubt.cli.report.RunOutcome.OfSource;
import dev.redoubt.cli.report.RunOutcome.Samples;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.core.Note.Trigger;
import dev.redoubt.trainer.data.DataException;
import dev.redoubt.trainer.data.Dataset;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Six microbatches of two samples in each of twenty steps. */
class SampleAccountTest {

  private final Tale tale = Tale.of(3);

  private static Dataset text(Scenario scenario) {
    try {
      return Dataset.of(new byte[10_000], Conversion.train(scenario));
    } catch (DataException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Samples account(int used, int duplicated) {
    return new Samples(240, used, duplicated, List.of(new OfSource("text", 240, used)));
  }

  private Samples samples() {
    Scenario scenario = Outcomes.scenario("{falseAlarms: 0}");
    return SampleAccount.of(tale.history(), scenario, text(scenario));
  }

  @Test
  void every_sample_of_every_step_is_used_once() {
    tale.steps(1, 20);

    assertThat(samples()).isEqualTo(account(240, 0));
  }

  @Test
  void a_step_that_was_not_committed_used_nothing() {
    tale.steps(1, 2).start(3);

    assertThat(samples()).isEqualTo(account(24, 0));
  }

  @Test
  void steps_that_were_rolled_back_and_done_again_are_used_once() {
    tale.steps(1, 5).rolledBack(5, 3).epoch(3, Trigger.ROLLBACK);
    assertThat(samples()).isEqualTo(account(36, 0));
    assertThat(tale.history().standing()).containsOnlyKeys(1L, 2L, 3L);

    tale.steps(4, 5);
    assertThat(samples()).isEqualTo(account(60, 0));
  }

  @Test
  void a_step_that_is_committed_twice_without_going_back_shows() {
    tale.steps(1, 3).steps(3, 3);

    assertThat(samples()).isEqualTo(account(36, 12));
  }

  @Test
  void what_a_new_controller_says_again_of_the_last_step_was_computed_once() {
    tale.steps(1, 3).saysAgain(3);

    assertThat(samples()).isEqualTo(account(36, 0));
  }
}
