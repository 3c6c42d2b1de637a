package dev.redoubt.cli.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.redoubt.cli.report.RunOutcome.Ledger;
import dev.redoubt.cli.report.RunOutcome.Quantiles;
import dev.redoubt.cli.report.RunOutcome.Recovery;
import dev.redoubt.core.Detector;
import dev.redoubt.core.Note;
import dev.redoubt.core.Note.Kind;
import dev.redoubt.core.Note.Trigger;
import dev.redoubt.core.Verdict;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One second between any two notes of a tale, so that the accounts can be counted on fingers. */
class TimeLedgerTest {

  private final Tale tale = Tale.of(3);

  private TimeLedger ledger() {
    TimeLedger ledger = new TimeLedger(tale.history(), 0);
    assertThat(ledger.totalNanos()).isEqualTo(tale.nanos());
    assertThat(ledger.ledger().total()).isCloseTo(tale.nanos() * 1e-9, within(1e-9));
    return ledger;
  }

  private static Ledger account(
      double useful, double detect, double recover, double repeat, double stalled) {
    return new Ledger(useful, detect, recover, repeat, stalled, 2);
  }

  @Test
  void nothing_breaks() {
    // Epoch at 1, steps at 2..3 and 4..5, the last reading until 6.
    tale.steps(1, 2).concluded(new Verdict.Completed(List.of()));

    TimeLedger ledger = ledger();

    assertThat(ledger.ledger()).isEqualTo(account(3, 1, 0, 0, 0));
    assertThat(ledger.goodput()).isEqualTo(0.75);
    assertThat(ledger.recoveries()).isEmpty();
    assertThat(ledger.stepSeconds()).isEqualTo(new Quantiles(1, 1));
  }

  @Test
  void a_run_without_a_step_is_all_start_up() {
    TimeLedger ledger = ledger();

    assertThat(ledger.ledger()).isEqualTo(new Ledger(0, 0, 0, 0, 0, 1));
    assertThat(ledger.goodput()).isNull();
    assertThat(ledger.stepSeconds()).isNull();
    assertThat(new TimeLedger(new RunHistory(), 5).totalNanos()).isZero();
  }

  @Test
  void a_crash_in_a_step_is_taken_over_by_a_spare() {
    // Step 2 begins at 4 and is given up at 7; the next begins at 9, after a restore.
    tale.steps(1, 1).start(2).lost(2, 1).replaced(1, 3).epoch(1, Trigger.LOSS).restored(1, 1);
    tale.start(2).commit(2);

    TimeLedger ledger = ledger();

    assertThat(ledger.ledger()).isEqualTo(account(3, 0, 2, 3, 0));
    assertThat(ledger.recoveries()).containsExactly(new Recovery("spare", 2, 4, 0));
  }

  @Test
  void without_a_spare_the_pod_is_dissolved() {
    tale.steps(1, 1).start(2).lost(2, 1).dissolved(1).epoch(1, Trigger.LOSS).start(2).commit(2);

    assertThat(ledger().recoveries()).containsExactly(new Recovery("dissolve", 2, 3, 0));
  }

  @Test
  void an_alarm_after_a_step_has_it_repeated() {
    // Step 1 begins at 2, alarm at 3, epoch at 4, step 1 again from 7 to 8.
    tale.start(1).repaired(1, 1);

    TimeLedger ledger = ledger();

    assertThat(ledger.ledger()).isEqualTo(account(1, 3, 0, 2, 0));
    assertThat(ledger.recoveries()).containsExactly(new Recovery("repair", 1, 4, 1));
  }

  @Test
  void an_alarm_after_which_nothing_had_to_be_fetched_is_a_redo() {
    tale.start(1).detected(1, Detector.SCREEN, 1).blamed(1, 1, Kind.TRANSIENT);
    tale.epoch(0, Trigger.ALARM).start(1).commit(1);

    assertThat(ledger().recoveries()).containsExactly(new Recovery("redo", 1, 3, 1));
  }

  @Test
  void an_alarm_after_which_the_training_goes_on_is_no_recovery() {
    tale.start(1).detected(1, Detector.SCREEN, 1).blamed(1, null, Kind.UNDECIDABLE).commit(1);
    tale.start(2).commit(2);

    assertThat(ledger().recoveries()).isEmpty();
  }

  @Test
  void a_stall_has_an_account_of_its_own() {
    tale.start(1).pause(7 * Tale.SECOND).epoch(0, Trigger.STALL).start(1).commit(1);

    TimeLedger ledger = ledger();

    assertThat(ledger.ledger()).isEqualTo(account(1, 0, 1, 0, 8));
    assertThat(ledger.recoveries()).containsExactly(new Recovery("redo", 1, 1, 0));
  }

  @Test
  void an_eviction_is_one_whoever_takes_the_rank() {
    tale.start(1).detected(1, Detector.STATE_DIGEST, 1).epoch(0, Trigger.ALARM);
    tale.blamed(1, 1, Kind.PERSISTENT).evicted(1, 1).replaced(1, 3).epoch(0, Trigger.EVICTION);
    tale.restored(0, 1).start(1).commit(1);

    assertThat(ledger().recoveries()).containsExactly(new Recovery("evict", 1, 7, 1));
  }

  @Test
  void a_stored_version_is_mended_between_two_steps() {
    // Commit at 3, scrub alarm at 4, restored at 5, next step at 6.
    tale.steps(1, 1).detected(1, Detector.SCRUB, 1).restored(0, 1).start(2).commit(2);

    TimeLedger ledger = ledger();

    assertThat(ledger.ledger()).isEqualTo(account(2, 1, 2, 0, 0));
    assertThat(ledger.recoveries()).containsExactly(new Recovery("mend", 2, 2, 0));
  }

  @Test
  void what_was_rolled_back_is_done_again_and_counted_as_useful_once() {
    // Two steps and the moments after them; the third is given up; back to version 1.
    tale.steps(1, 2).start(3).lost(3, 1).dissolved(1).epoch(2, Trigger.LOSS);
    tale.rolledBack(2, 1).epoch(1, Trigger.ROLLBACK).start(2).commit(2).start(3).commit(3);

    TimeLedger ledger = ledger();

    assertThat(ledger.ledger()).isEqualTo(account(6, 0, 3, 4, 0));
    assertThat(ledger.recoveries()).containsExactly(new Recovery("dissolve", 2, 5, 1));
  }

  @Test
  void nobody_was_lost_when_all_had_to_go_back() {
    tale.steps(1, 2).start(3).detected(3, Detector.STATE_DIGEST, 1).epoch(2, Trigger.ALARM);
    tale.rolledBack(2, 1).epoch(1, Trigger.ROLLBACK).start(2).commit(2);

    assertThat(ledger().recoveries()).containsExactly(new Recovery("rewind", 2, 4, 2));
  }

  @Test
  void a_step_that_is_verified_while_others_are_under_way_stays_useful_when_those_are_given_up() {
    // Step 1 at 2..3 is verified at 4; step 2 at 3..5 and what there is of step 3 are done again.
    tale.start(1).start(2).commit(1).start(3).detected(2, Detector.AUDIT, 1);
    tale.rolledBack(2, 1).epoch(1, Trigger.ALARM).start(2).commit(2);

    TimeLedger ledger = ledger();

    assertThat(ledger.ledger()).isEqualTo(account(2, 1, 0, 5, 0));
    assertThat(ledger.recoveries()).containsExactly(new Recovery("rewind", 2, 3, 1));
  }

  @Test
  void what_the_next_step_waits_for_audits_that_lag_is_detection() {
    tale.start(1).note(new Note.Audited(1, 1, 3, List.of(), 500)).start(2);
    tale.commit(1).commitAtOnce(2, List.of(Tale.RIGHT));

    assertThat(ledger().ledger()).isEqualTo(account(2.5, 0.5, 0, 0, 0));
  }

  @Test
  void compared_every_second_step_both_are_useful_when_they_agree() {
    tale.start(1).start(2).commit(1, List.of()).commitAtOnce(2, List.of(Tale.RIGHT));

    TimeLedger ledger = ledger();

    assertThat(ledger.ledger()).isEqualTo(account(2, 0, 0, 0, 0));
    assertThat(ledger.stepSeconds()).isEqualTo(new Quantiles(1, 1));
  }

  @Test
  void compared_every_second_step_both_are_repeated_when_they_differ() {
    tale.start(1).start(2).detected(2, Detector.STATE_DIGEST, 1).epoch(0, Trigger.ALARM);
    tale.start(1).start(2).commit(1, List.of()).commitAtOnce(2, List.of(Tale.RIGHT));

    TimeLedger ledger = ledger();

    assertThat(ledger.ledger()).isEqualTo(account(2, 1, 0, 3, 0));
    assertThat(ledger.recoveries()).containsExactly(new Recovery("redo", 1, 2, 2));
  }

  @Test
  void steps_that_were_never_compared_are_not_useful() {
    tale.start(1).start(2);

    assertThat(ledger().ledger()).isEqualTo(account(0, 0, 0, 1, 0));
  }

  @Test
  void a_spare_that_is_lost_costs_no_recovery() {
    tale.steps(1, 1);
    tale.start(2)
        .note(new Note.WorkerLost(1, 2, Tale.worker(7), null, Detector.MEMBERSHIP, "unreachable"));
    tale.commit(2).start(3);

    assertThat(ledger().recoveries()).isEmpty();
    assertThat(ledger().ledger().recover()).isZero();
  }

  @Test
  void a_lost_run_was_recovering_to_its_end() {
    tale.start(1).lost(1, 0).epoch(0, Trigger.LOSS).concluded(new Verdict.Lost("nobody is left"));

    assertThat(ledger().ledger()).isEqualTo(account(0, 0, 1, 2, 0));
  }

  @Test
  void the_quantiles_are_by_nearest_rank() {
    for (int step = 1; step <= 100; step++) {
      tale.start(step).pause((step - 1) * Tale.SECOND).commit(step);
    }

    assertThat(ledger().stepSeconds()).isEqualTo(new Quantiles(50, 99));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void in_any_order_of_notes_the_accounts_add_up_and_none_is_negative(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      tale.pause(random.nextLong(Tale.SECOND));
      any(random);
      Ledger accounts = ledger().ledger();
      assertThat(
              List.of(
                  accounts.useful(),
                  accounts.detect(),
                  accounts.recover(),
                  accounts.repeat(),
                  accounts.stalled(),
                  accounts.startup()))
          .as("seed %d, note %d", seed, i)
          .allMatch(seconds -> seconds >= 0);
    }
    assertThat(ledger().goodput()).isBetween(0.0, 1.0);
  }

  private void any(Random random) {
    long step = 1 + random.nextLong(6);
    int pod = random.nextInt(3);
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> tale.start(step);
      case 3, 4 -> tale.commit(step);
      case 5 -> tale.detected(step, one(random, Detector.values()), pod);
      case 6 -> tale.epoch(step - 1, one(random, Trigger.values()));
      case 7 -> tale.restored(step, pod);
      case 8 -> tale.lost(step, pod);
      case 9 -> tale.rolledBack(step, step - 1);
      case 10 -> tale.evicted(step, pod);
      default -> tale.blamed(step, pod, Kind.TRANSIENT);
    }
  }

  private static <T> T one(Random random, T[] values) {
    return List.of(values).get(random.nextInt(values.length));
  }
}
