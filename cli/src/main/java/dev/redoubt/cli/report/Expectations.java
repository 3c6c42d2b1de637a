package dev.redoubt.cli.report;

import dev.redoubt.cli.report.RunOutcome.Ending;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.report.RunOutcome.Loss;
import dev.redoubt.cli.report.RunOutcome.Memory;
import dev.redoubt.cli.report.RunOutcome.Samples;
import dev.redoubt.cli.scenario.Bound;
import dev.redoubt.cli.scenario.FinalState;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.Scenario.Expect;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compares a run with what its scenario wants, and with the invariants that every run must hold.
 *
 * <p>An expectation that a fault which did not strike could have changed is open, neither held nor
 * failed: a scenario must not pass, nor its system be blamed, because the injector missed.
 */
final class Expectations {

  /** One in so many of a storm's faults has to strike. */
  private static final int STORM_PART = 10;

  private final Scenario scenario;
  private final RunOutcome outcome;
  private final List<Expectation> list = new ArrayList<>();

  private Expectations(Scenario scenario, RunOutcome outcome) {
    this.scenario = scenario;
    this.outcome = outcome;
  }

  /** Every expectation and invariant, in a fixed order. */
  static List<Expectation> evaluate(Scenario scenario, RunOutcome outcome) {
    Expectations expectations = new Expectations(scenario, outcome);
    expectations.finalState();
    expectations.samples();
    expectations.faults();
    expectations.storm();
    expectations.figures();
    return List.copyOf(expectations.list);
  }

  private void finalState() {
    FinalState wanted =
        Objects.requireNonNullElse(scenario.expect().finalState(), FinalState.GOLDEN);
    if (wanted == FinalState.ANY) {
      return;
    }
    FinalState observed = observedState();
    Boolean held = observed == null ? null : Boolean.valueOf(observed == wanted);
    boolean missed = wanted != FinalState.GOLDEN && !allStruck() && !Boolean.TRUE.equals(held);
    String shown = observed == null ? notMeasured() : observed.word();
    list.add(new Expectation("finalState", wanted.word(), shown, missed ? null : held));
  }

  private @Nullable FinalState observedState() {
    if (outcome.ending() == Ending.LOST) {
      return FinalState.LOST;
    }
    FinalBits bits = FinalBits.of(outcome);
    if (!bits.known()) {
      return null;
    }
    return bits.golden() ? FinalState.GOLDEN : FinalState.ESCAPED;
  }

  private String notMeasured() {
    return switch (outcome.ending()) {
      case INTERRUPTED -> "interrupted";
      case UNDECIDABLE -> "undecidable";
      case OUT_OF_TIME -> "out of time";
      case COMPLETED, LOST -> "not measured";
    };
  }

  /** No sample is skipped or used twice; a run that did not complete may only not use one twice. */
  private void samples() {
    Samples samples = outcome.samples();
    add("samples.duplicated", "0", samples.duplicated(), samples.duplicated() == 0);
    if (outcome.ending() == Ending.COMPLETED) {
      long expected = scenario.train().samples();
      add("samples.used", Long.toString(expected), samples.used(), samples.used() == expected);
    }
  }

  private void faults() {
    for (Scenario.Fault fault : scenario.faults()) {
      list.addAll(FaultExpectations.evaluate(scenario, fault, report(fault.id()), outcome));
    }
  }

  /** A storm of which next to nothing strikes proves nothing. */
  private void storm() {
    if (scenario.storm() == null) {
      return;
    }
    Set<String> drawn =
        scenario.allFaults().stream()
            .skip(scenario.faults().size())
            .filter(fault -> fault.at().step() <= outcome.stepsDone() + 1)
            .map(Scenario.Fault::id)
            .collect(Collectors.toSet());
    long struck =
        outcome.faults().stream()
            .filter(fault -> drawn.contains(fault.id()) && fault.struck())
            .count();
    long least = Math.max(1, Math.ceilDiv(drawn.size(), STORM_PART));
    String wanted = ">= %d of %d drawn".formatted(least, drawn.size());
    list.add(
        new Expectation(
            "storm", wanted, Long.toString(struck), struck >= least ? Boolean.TRUE : null));
  }

  private @Nullable FaultReport report(String id) {
    return outcome.faults().stream()
        .filter(fault -> fault.id().equals(id))
        .findFirst()
        .orElse(null);
  }

  private boolean allStruck() {
    return scenario.faults().stream()
        .map(fault -> report(fault.id()))
        .allMatch(report -> report != null && report.struck());
  }

  private void figures() {
    Expect expect = scenario.expect();
    Integer alarms = expect.falseAlarms();
    if (alarms != null) {
      add("falseAlarms", alarms.toString(), outcome.falseAlarms(), outcome.falseAlarms() == alarms);
    }
    Integer evictions = expect.evictions();
    if (evictions != null) {
      int seen = outcome.evictions().size();
      boolean missed = seen < evictions && !allStruck();
      String shown = Integer.toString(seen);
      list.add(
          new Expectation(
              "evictions", evictions.toString(), shown, missed ? null : seen == evictions));
    }
    Loss loss = outcome.loss();
    bound("goodput", expect.goodput(), outcome.goodput());
    Memory memory = outcome.memory();
    bound("memoryGrowsBy", expect.memoryGrowsBy(), memory == null ? null : memory.growsBy());
    bound("lossFallsBy", expect.lossFallsBy(), loss == null ? null : loss.fallsBy());
  }

  private void bound(String id, @Nullable Bound wanted, @Nullable Double value) {
    if (wanted == null) {
      return;
    }
    if (value == null || outcome.ending() == Ending.INTERRUPTED) {
      list.add(new Expectation(id, wanted.toString(), notMeasured(), null));
    } else {
      String shown = String.format(Locale.ROOT, "%.4f", value);
      list.add(new Expectation(id, wanted.toString(), shown, wanted.holds(value)));
    }
  }

  private void add(String id, String wanted, long observed, boolean held) {
    list.add(new Expectation(id, wanted, Long.toString(observed), held));
  }
}
