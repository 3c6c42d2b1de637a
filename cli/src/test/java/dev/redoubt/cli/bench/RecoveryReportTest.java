package dev.redoubt.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.cli.bench.BenchReport.Outcome;
import dev.redoubt.cli.bench.BenchReport.Target;
import dev.redoubt.cli.run.LossRecovery;
import dev.redoubt.cli.run.LossRecovery.Phase;
import dev.redoubt.cli.run.RecoveryPlan;
import dev.redoubt.cli.run.RecoveryRuns.Round;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the rounds come to, without any run. */
class RecoveryReportTest {

  private static final long SECOND = 1_000_000_000L;

  private static LossRecovery memory(double noticed, double running, int repeated) {
    return new LossRecovery(
        List.of(phase(LossRecovery.NOTICED, noticed), phase(LossRecovery.RUNNING, running)),
        repeated);
  }

  private static Phase phase(String name, double seconds) {
    return new Phase(name, (long) (seconds * SECOND));
  }

  private static LossRecovery disk(double started, double replayed) {
    return new LossRecovery(
        List.of(phase(LossRecovery.STARTED, started), phase(LossRecovery.REPLAYED, replayed)), 5);
  }

  private static BenchReport report(Round... rounds) {
    return RecoveryReport.of(
        new RecoveryPlan("pico", 15, 10), new LinkedHashMap<>(), List.of(rounds));
  }

  private static Round round(LossRecovery spare, LossRecovery dissolved, LossRecovery disk) {
    return new Round(spare, dissolved, disk, List.of(SECOND, 3 * SECOND));
  }

  @Test
  void twenty_times_faster_holds_all_targets() {
    LossRecovery quick = memory(0.5, 0.5, 0);

    BenchReport report = report(round(quick, quick, disk(15, 5)));

    assertThat(report.outcome()).isEqualTo(Outcome.HELD);
    assertThat(report.figures())
        .extracting(Figure::name)
        .containsExactly(
            "noticed",
            "running",
            "kill to next step",
            "noticed",
            "running",
            "kill to next step",
            "started",
            "replayed",
            "kill to next step",
            "without what is replayed");
    assertThat(report.figures().getLast().speed()).isEqualTo(15);
    assertThat(report.machine().get("training")).contains("pico").contains("2.00 s a step");
    assertThat(report.machine().get("checkpoint")).contains("every 10").contains("step 16");
  }

  @Test
  void ways_are_held_against_the_restart_of_their_own_round() {
    LossRecovery quick = memory(0.5, 0.5, 0);
    LossRecovery slow = memory(0.5, 1.5, 0);

    BenchReport report =
        report(
            round(quick, quick, disk(15, 10)),
            round(slow, quick, disk(15, 35)),
            round(slow, quick, disk(15, 15)));

    assertThat(report.targets()).extracting(Target::observed).startsWith(25.0, 30.0);
  }

  @Test
  void each_target_can_be_missed() {
    LossRecovery quick = memory(0.5, 0.5, 0);

    assertThat(missed(round(memory(0.5, 0.6, 0), quick, disk(15, 5)))).containsExactly(0);
    assertThat(missed(round(quick, memory(0.5, 0.6, 0), disk(15, 5)))).containsExactly(1);
    assertThat(missed(round(quick, memory(0.5, 0.5, 1), disk(15, 5)))).containsExactly(2);
    assertThat(missed(round(memory(1.1, 0.1, 0), quick, disk(100, 5)))).containsExactly(3);
  }

  private static List<Integer> missed(Round round) {
    List<Target> targets = report(round).targets();
    return targets.stream()
        .filter(target -> target.outcome() == Outcome.MISSED)
        .map(targets::indexOf)
        .toList();
  }

  @Test
  void each_target_of_the_store_can_be_missed() {
    assertThat(outcomes(0.03, 0.8, 0.0009)).containsOnly(Outcome.HELD);
    assertThat(outcomes(0.031, 0.8, 0.0009)).startsWith(Outcome.MISSED);
    assertThat(outcomes(0.03, 0.79, 0.0009).get(1)).isEqualTo(Outcome.MISSED);
    assertThat(outcomes(0.03, 0.8, 0.0011)).endsWith(Outcome.MISSED);
  }

  private static List<Outcome> outcomes(double cost, double moved, double repaired) {
    return StoreBench.targets("pico", cost, moved, repaired).stream().map(Target::outcome).toList();
  }
}
