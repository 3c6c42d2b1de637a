package com.example.chaos;

import static dev.redoubt.testkit.RedoubtAssertions.assertThat;
import static dev.redoubt.testkit.RedoubtAssertions.place;

import dev.redoubt.testkit.RedoubtScenario;
import dev.redoubt.testkit.Report;
import org.junit.jupiter.api.Test;

/** What our training has to survive. All tests look at the same run. */
@RedoubtScenario("scenarios/a-bad-day.yaml")
class BadDayTest {

  @Test
  void a_wrong_gradient_is_found_before_it_counts(Report report) {
    assertThat(report)
        .fault("silent")
        .wasDetectedWithin(0)
        .wasDetectedBy("audit")
        .blamedOn(place(0, 0));
  }

  @Test
  void a_dead_worker_is_replaced(Report report) {
    assertThat(report).fault("dead").wasDetectedWithin(1).wasHandledBy("replaced");
  }

  @Test
  void the_model_is_the_one_that_a_good_day_gives(Report report) {
    assertThat(report).endedOnGoldenBits().lostNothing().hasNoFalseAlarms();
  }
}
