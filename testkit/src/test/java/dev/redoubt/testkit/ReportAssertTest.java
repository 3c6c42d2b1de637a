package dev.redoubt.testkit;

import static dev.redoubt.testkit.RedoubtAssertions.assertThat;
import static dev.redoubt.testkit.RedoubtAssertions.place;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Failures say what was expected, what was there, and how to run it again. */
class ReportAssertTest {

  private static final String AGAIN = "again: redoubt run runs/x/scenario.resolved.yaml";

  private static Report report(String summary, int code) throws Exception {
    return new Report(Path.of("runs/x"), code, JsonMapper.builder().build().readTree(summary));
  }

  private static Report good() throws Exception {
    return report(
        """
        {"verdict": "passed", "reason": "", "bitIdentical": true, "steps": 9, "stepsDone": 9,
         "samples": {"expected": 40, "used": 40, "duplicated": 0}, "goodput": 0.9, "falseAlarms": 0,
         "faults": [
           {"id": "flip", "struck": true, "struckAtStep": 4, "detected": true, "detectedAtStep": 5,
            "detectedBy": "state-digest", "blamed": "pod0/rank0", "response": "repaired"},
           {"id": "silent", "struck": true, "struckAtStep": 6, "evidence": "bit 3 of 17",
            "detected": false, "response": "none"},
           {"id": "late", "struck": false}]}
        """,
        0);
  }

  private static Report bad() throws Exception {
    return report(
        """
        {"verdict": "failed", "reason": "finalState: wanted golden, got escaped",
         "bitIdentical": false, "goldenDigest": "aa", "finalDigests": {"pod0": "bb"}, "steps": 9,
         "stepsDone": 8, "samples": {"expected": 40, "used": 39, "duplicated": 1}, "goodput": 0.4,
         "falseAlarms": 2, "faults": []}
        """,
        1);
  }

  @Test
  void what_is_good_is_accepted() throws Exception {
    assertThat(good()).passed().endedOnGoldenBits().lostNothing().hasNoFalseAlarms();
    assertThat(good()).goodput().isGreaterThan(0.8);
    assertThat(good())
        .fault("flip")
        .struck()
        .wasDetectedWithin(1)
        .wasDetectedBy("state-digest")
        .blamedOn(place(0, 0))
        .wasHandledBy("repaired")
        .and()
        .fault("silent")
        .wasNotDetected();
  }

  @Test
  void a_run_that_failed_is_refused() throws Exception {
    Report bad = bad();
    assertThatThrownBy(() -> assertThat(bad).passed())
        .hasMessageContaining("but it failed (exit code 1): finalState: wanted golden, got escaped")
        .hasMessageContaining(AGAIN);
    assertThatThrownBy(() -> assertThat(bad).endedOnGoldenBits())
        .hasMessageContaining("golden bits aa, but they are {\"pod0\":\"bb\"}")
        .hasMessageContaining(AGAIN);
    assertThatThrownBy(() -> assertThat(bad).lostNothing())
        .hasMessageContaining("8 steps, 39 samples used and 1 of them twice");
    assertThatThrownBy(() -> assertThat(bad).hasNoFalseAlarms()).hasMessageContaining("are 2");
    assertThatThrownBy(() -> assertThat(bad).goodput().isGreaterThan(0.9))
        .hasMessageContaining("0.4")
        .hasMessageContaining(AGAIN);
  }

  @Test
  void a_fault_that_went_otherwise_is_refused() throws Exception {
    Report good = good();
    assertThatThrownBy(() -> assertThat(good).fault("silent").wasDetected())
        .hasMessageContaining("no detector saw it; struck at step 6: bit 3 of 17")
        .hasMessageContaining(AGAIN);
    assertThatThrownBy(() -> assertThat(good).fault("flip").wasDetectedWithin(0))
        .hasMessageContaining("within 0 steps, but it took 1");
    assertThatThrownBy(() -> assertThat(good).fault("flip").blamedOn(place(1, 0)))
        .hasMessageContaining("blamed pod1/rank0, but it is pod0/rank0");
    assertThatThrownBy(() -> assertThat(good).fault("late").wasDetected())
        .hasMessageContaining("nothing proves that it did");
    assertThatThrownBy(() -> assertThat(good).fault("flop"))
        .hasMessageContaining("there is no fault 'flop'")
        .hasMessageContaining("[flip, silent, late]");
  }
}
