package dev.redoubt.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.report.RunOutcome.Ending;
import dev.redoubt.cli.report.RunOutcome.Samples;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is judged how, and why, in words. */
class VerdictTest {

  /** A run that was spoilt, what is expected of it, and the judgement. */
  record Case(String expect, Consumer<Outcomes> spoil, Verdict verdict, String reason) {}

  private static final String ALL =
      "{finalState: golden, falseAlarms: 0, evictions: 0, goodput: \">= 0.5\","
          + " lossFallsBy: \">= 0.25\", faults: {flip: {detected: {withinSteps: 1},"
          + " detectedBy: state-digest, blamed: {pod: 0}, response: repaired, effect: corrected}}}";
  private static final String BLIND =
      "{finalState: escaped, faults: {flip: {detected: false, effect: escaped}}}";

  static Stream<Case> cases() {
    return Stream.of(
        new Case(ALL, run -> {}, Verdict.PASSED, ""),
        new Case("{}", run -> {}, Verdict.PASSED, ""),
        new Case(
            "{}",
            run -> run.finals.put("pod1", Outcomes.OTHER),
            Verdict.FAILED,
            "the final bits are not golden: wanted 9f00000000000001, got 3a00000000000002 on pod 1"),
        new Case(
            "{finalState: any}", run -> run.finals.put("pod1", Outcomes.OTHER), Verdict.PASSED, ""),
        new Case(
            "{finalState: any}",
            run -> run.samples = new Samples(240, 240, 2),
            Verdict.FAILED,
            "samples.duplicated: wanted 0, got 2"),
        new Case(
            "{}",
            run -> run.samples = new Samples(240, 228, 0),
            Verdict.FAILED,
            "samples.used: wanted 240, got 228"),
        new Case(ALL, run -> run.falseAlarms = 1, Verdict.FAILED, "falseAlarms: wanted 0, got 1"),
        new Case(
            ALL, run -> run.goodput = 0.4, Verdict.FAILED, "goodput: wanted >= 0.5, got 0.4000"),
        new Case(
            ALL,
            run -> run.goodput = null,
            Verdict.INCONCLUSIVE,
            "goodput: wanted >= 0.5, but that could not be told: not measured"),
        new Case(
            "{}",
            run -> run.golden = null,
            Verdict.INCONCLUSIVE,
            "finalState: wanted golden, but that could not be told: not measured"),
        new Case(
            "{}",
            run -> run.fault = Outcomes.missed(),
            Verdict.INCONCLUSIVE,
            "the fault flip did not strike: the run ended before step 30"),
        new Case(
            BLIND,
            run -> run.fault = Outcomes.missed(),
            Verdict.INCONCLUSIVE,
            "finalState: wanted escaped, but that could not be told: golden; and 3 more do not hold"),
        new Case(
            "{}",
            run -> {
              run.fault = Outcomes.missed();
              run.samples = new Samples(240, 240, 1);
            },
            Verdict.FAILED,
            "samples.duplicated: wanted 0, got 1"),
        new Case(
            "{}",
            run -> {
              run.fault = Outcomes.missed();
              run.finals.put("pod0", Outcomes.OTHER);
            },
            Verdict.FAILED,
            "the final bits are not golden: wanted 9f00000000000001, got 3a00000000000002 on pod 0"),
        new Case(
            BLIND,
            run -> {
              run.fault = Outcomes.unseen();
              run.finals.replaceAll((pod, digest) -> Outcomes.OTHER);
            },
            Verdict.PASSED,
            ""),
        new Case(
            BLIND,
            run -> {},
            Verdict.FAILED,
            "finalState: wanted escaped, got golden; and 2 more do not hold"),
        new Case(
            ALL,
            run -> run.fault = Outcomes.unseen(),
            Verdict.FAILED,
            "faults.flip.detected: wanted within 1 steps, got false; and 4 more do not hold"),
        new Case(
            "{}", run -> run.ending = Ending.LOST, Verdict.LOST, "both copies of shard 0 are gone"),
        new Case("{finalState: lost}", run -> run.ending = Ending.LOST, Verdict.PASSED, ""),
        new Case(
            "{finalState: lost}", run -> {}, Verdict.FAILED, "finalState: wanted lost, got golden"),
        new Case(
            "{}",
            run -> run.ending = Ending.UNDECIDABLE,
            Verdict.FAILED,
            "nobody could say which worker was wrong"),
        new Case(
            ALL,
            run -> run.ending = Ending.INTERRUPTED,
            Verdict.INTERRUPTED,
            "it was interrupted"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void is_judged(Case judged) {
    Outcomes run = new Outcomes();
    judged.spoil().accept(run);

    RunReport report = run.report(judged.expect());

    assertThat(report.reason()).isEqualTo(judged.reason());
    assertThat(report.verdict()).isEqualTo(judged.verdict());
  }
}
