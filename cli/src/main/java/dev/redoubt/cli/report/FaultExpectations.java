package dev.redoubt.cli.report;

import dev.redoubt.cli.report.RunOutcome.Ending;
import dev.redoubt.cli.report.RunOutcome.FaultReport;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.Scenario.Detected;
import dev.redoubt.cli.scenario.Scenario.Fault;
import dev.redoubt.cli.scenario.Scenario.FaultExpectation;
import dev.redoubt.cli.scenario.Word;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is wanted of one fault: always that it struck, then whatever the scenario names. */
final class FaultExpectations {
  private final String prefix;
  private final @Nullable FaultReport report;
  private final boolean interrupted;
  private final List<Expectation> list = new ArrayList<>();

  private FaultExpectations(Fault fault, @Nullable FaultReport report, RunOutcome outcome) {
    this.prefix = "faults." + fault.id() + ".";
    this.report = report;
    this.interrupted = outcome.ending() == Ending.INTERRUPTED;
  }

  static List<Expectation> evaluate(
      Scenario scenario, Fault fault, @Nullable FaultReport report, RunOutcome outcome) {
    FaultExpectations expectations = new FaultExpectations(fault, report, outcome);
    expectations.struck();
    FaultExpectation wanted = scenario.expect().faults().get(fault.id());
    if (wanted != null) {
      expectations.named(wanted);
    }
    return expectations.list;
  }

  private void struck() {
    boolean struck = report != null && report.struck();
    add("struck", "true", Boolean.toString(struck), struck ? Boolean.TRUE : null);
  }

  private void named(FaultExpectation wanted) {
    detected(wanted.detected());
    word("detectedBy", wanted.detectedBy(), report == null ? null : report.detectedBy());
    if (wanted.blamed() != null) {
      String blamed = report == null ? null : report.blamed();
      compare("blamed", wanted.blamed().toString(), blamed == null ? "nobody" : blamed);
    }
    word("response", wanted.response(), report == null ? null : report.response());
    word("effect", wanted.effect(), report == null ? null : report.effect());
  }

  private void detected(@Nullable Detected wanted) {
    if (wanted == null) {
      return;
    }
    Integer within = wanted.withinSteps();
    String text =
        within == null ? Boolean.toString(wanted.wanted()) : "within " + within + " steps";
    if (report == null || !report.struck()) {
      add("detected", text, "did not strike", null);
      return;
    }
    Integer after = stepsAfter(report);
    String observed =
        !report.detected() ? "false" : after == null ? "true" : after + " steps after";
    if (within == null || !report.detected()) {
      judge("detected", text, observed, report.detected() == wanted.wanted());
    } else if (after == null) {
      add("detected", text, "not measured", null);
    } else {
      judge("detected", text, observed, after <= within);
    }
  }

  private static @Nullable Integer stepsAfter(FaultReport report) {
    Integer struck = report.struckAtStep();
    Integer seen = report.detectedAtStep();
    return struck == null || seen == null ? null : Integer.valueOf(seen - struck);
  }

  private void word(String key, @Nullable Word wanted, @Nullable Word observed) {
    if (wanted != null) {
      compare(key, wanted.word(), observed == null ? "none" : observed.word());
    }
  }

  private void compare(String key, String wanted, String observed) {
    if (report == null || !report.struck()) {
      add(key, wanted, "did not strike", null);
    } else {
      judge(key, wanted, observed, wanted.equals(observed));
    }
  }

  /** What is not so yet could have become so, had the user not stopped the run. */
  private void judge(String key, String wanted, String observed, boolean held) {
    add(key, wanted, observed, (!held && interrupted) ? null : Boolean.valueOf(held));
  }

  private void add(String key, String wanted, String observed, @Nullable Boolean held) {
    list.add(new Expectation(prefix + key, wanted, observed, held));
  }
}
