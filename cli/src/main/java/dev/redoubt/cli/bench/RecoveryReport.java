package dev.redoubt.cli.bench;

import dev.redoubt.cli.bench.BenchReport.Figure;
import dev.redoubt.cli.bench.BenchReport.Target;
import dev.redoubt.cli.run.LossRecovery;
import dev.redoubt.cli.run.RecoveryPlan;
import dev.redoubt.cli.run.RecoveryRuns.Round;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.function.Function;

/** Ways back from a loss, phase by phase, beside the way over the disk. */
public final class RecoveryReport {

  /** How many times faster than the restart the ways through memory are to be. */
  static final double FASTER_MIN = 20;

  /** Seconds from the kill until the loss is known. */
  static final double NOTICED_SECONDS_MAX = 1;

  private static final String SPARE = "a spare takes over";
  private static final String DISSOLVED = "the pod is dissolved";
  private static final String RESTART = "restart from a checkpoint";
  private static final double SECOND = 1e9;

  private final List<Round> rounds;
  private final List<Figure> figures = new ArrayList<>();

  private RecoveryReport(List<Round> rounds) {
    this.rounds = rounds;
  }

  /**
   * What the rounds come to.
   *
   * @param folder where the checkpoints were
   * @param rounds at least one
   * @throws IOException if the disk does not say what it is
   */
  public static BenchReport of(RecoveryPlan plan, Path folder, List<Round> rounds)
      throws IOException {
    SequencedMap<String, String> facts = Machine.facts();
    facts.put("disk", Files.getFileStore(folder).type() + ", " + folder.getParent());
    return of(plan, facts, rounds);
  }

  static BenchReport of(RecoveryPlan plan, SequencedMap<String, String> facts, List<Round> rounds) {
    facts.put(
        "training",
        String.format(
            Locale.ROOT,
            "%s, 2 pods of one process each; %d tokens a step; %.2f s a step",
            plan.model(),
            plan.tokens(),
            median(rounds.stream().flatMap(round -> round.stepNanos().stream()).toList())
                / SECOND));
    facts.put(
        "checkpoint",
        "every %d steps; the loss comes in step %d".formatted(plan.every(), plan.steps() + 1));
    return new RecoveryReport(rounds).report(facts);
  }

  private BenchReport report(SequencedMap<String, String> facts) {
    Comparison spare = way(SPARE, Round::spare);
    Comparison dissolved = way(DISSOLVED, Round::dissolved);
    way(RESTART, Round::disk);
    double[] without =
        rounds.stream()
            .map(Round::disk)
            .mapToDouble(disk -> disk.nanos() - disk.nanos(LossRecovery.REPLAYED))
            .toArray();
    figures.add(
        Figure.alone(
            RESTART, "without what is replayed", Statistics.median(without) / SECOND, "s", ""));
    return new BenchReport(
        1,
        "recovery",
        facts,
        figures,
        List.of(
            Target.atLeast("times faster than restart, " + SPARE, FASTER_MIN, spare.ratio()),
            Target.atLeast(
                "times faster than restart, " + DISSOLVED, FASTER_MIN, dissolved.ratio()),
            Target.atMost("steps repeated in memory, most", 0, repeatedMost()),
            Target.atMost("seconds to notice, most", NOTICED_SECONDS_MAX, noticedMost())));
  }

  /** The phases of one way back, and all of it beside the restart. */
  private Comparison way(String group, Function<Round, LossRecovery> way) {
    List<LossRecovery> all = rounds.stream().map(way).toList();
    for (LossRecovery.Phase phase : all.getFirst().phases()) {
      double nanos = median(all.stream().map(each -> each.nanos(phase.name())).toList());
      figures.add(Figure.alone(group, phase.name(), nanos / SECOND, "s", ""));
    }
    Comparison pair = Comparison.of(nanos(way), nanos(Round::disk), 1);
    String note =
        all.stream().mapToInt(LossRecovery::stepsRepeated).max().orElse(0) + " steps repeated";
    figures.add(
        group.equals(RESTART)
            ? Figure.alone(group, "kill to next step", pair.nanos() / SECOND, "s", note)
            : Figure.beside(group, "kill to next step", pair.nanos() / SECOND, "s", "restart", pair)
                .noting(note));
    return pair;
  }

  private double[] nanos(Function<Round, LossRecovery> way) {
    return rounds.stream().map(way).mapToDouble(LossRecovery::nanos).toArray();
  }

  private static double median(List<Long> values) {
    return Statistics.median(values.stream().mapToDouble(Long::doubleValue).toArray());
  }

  private double repeatedMost() {
    return rounds.stream()
        .mapToInt(
            round -> Math.max(round.spare().stepsRepeated(), round.dissolved().stepsRepeated()))
        .max()
        .orElseThrow();
  }

  private double noticedMost() {
    return rounds.stream()
            .mapToLong(
                round ->
                    Math.max(
                        round.spare().nanos(LossRecovery.NOTICED),
                        round.dissolved().nanos(LossRecovery.NOTICED)))
            .max()
            .orElseThrow()
        / SECOND;
  }
}
