package dev.redoubt.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.Plan.PlannedFault;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioException;
import dev.redoubt.node.MembershipTimes;
import dev.redoubt.store.net.LinkTiming;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code redoubt plan FILE}: what would happen. */
@Command(name = "plan", description = "Say what a scenario would do; nothing is run.")
final class PlanCommand implements Callable<Integer> {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Wiring wiring;

  @Mixin final GlobalOptions global = new GlobalOptions();
  @Mixin final ScenarioOption scenario = new ScenarioOption();

  @Option(names = "--json", description = "Print the plan as JSON.")
  boolean json;

  @Option(
      names = "--schedule",
      description = "Print every operation of a rank in the order in which it runs.")
  boolean schedule;

  @Option(
      names = "--data",
      description =
          "Read the data's sources, too: their tokens, and how often each is passed over.")
  boolean data;

  @Spec @Nullable CommandSpec spec;

  PlanCommand(Wiring wiring) {
    this.wiring = wiring;
  }

  @Override
  public Integer call() throws ScenarioException, JsonProcessingException, EnvironmentException {
    Terminal terminal = Main.terminal(spec, global);
    Plan plan = Plan.of(scenario.load(wiring.catalog(), terminal), wiring.numbers(), data);
    if (json) {
      terminal.result(JSON.writeValueAsString(plan));
    } else {
      print(plan, terminal);
      plan.data().print(terminal);
      SchemePlanText.print(plan.schemes(), terminal);
      new RankPlanText(plan.program(), terminal).print(schedule);
    }
    return ExitCode.OK.code();
  }

  private static void print(Plan plan, Terminal terminal) {
    row(terminal, "scenario", plan.scenario() + ", seed " + plan.seed());
    row(
        terminal,
        "mesh",
        plan.pods() + " pods of " + plan.workersPerPod() + ", " + plan.spares() + " spares");
    row(terminal, "microbatches", plan.shares());
    row(terminal, "model", plan.model() + ", " + plan.parameters() + " parameters");
    row(
        terminal,
        "memory",
        plan.keepVersions()
            + " versions of "
            + bytes(plan.versionBytes())
            + ": "
            + bytes(plan.workerBytes())
            + " a worker, "
            + bytes(plan.clusterBytes())
            + " in all");
    if (plan.diskEverySteps() != null) {
      row(terminal, "disk", "a verified version every " + plan.diskEverySteps() + " steps");
    }
    row(
        terminal,
        "training",
        plan.steps() + " steps, " + plan.samples() + " samples, " + plan.tokens() + " tokens");
    timeouts(plan, terminal);
    row(terminal, "faults", plan.faults().isEmpty() ? "none" : "");
    for (PlannedFault fault : plan.faults()) {
      terminal.result(
          "  step "
              + fault.step()
              + ", "
              + fault.phase()
              + ": "
              + fault.id()
              + ", "
              + fault.kind()
              + " at "
              + fault.where()
              + "; "
              + outlook(fault));
    }
  }

  /** All waits there are, and which follows from which. */
  private static void timeouts(Plan plan, Terminal terminal) {
    Long stall = plan.stallMillisMax();
    String reports =
        stall == null
            ? "for the reports of a step for ever: detect.deadlines is off"
            : stall + " ms for the reports of a step";
    row(terminal, "timeouts", "%d ms for all to join, %s".formatted(plan.joinMillisMax(), reports));
    if (stall != null) {
      row(
          terminal,
          "",
          "%d ms to get ready for an epoch: as for the reports of a step".formatted(stall));
    }
    if (plan.runSecondsMax() != null) {
      row(
          terminal,
          "",
          "%d s for the whole run, once all have joined".formatted(plan.runSecondsMax()));
    }
    Scenario.Lateness slow = plan.slow();
    if (slow != null) {
      row(
          terminal,
          "",
          "a rank is late after %s times what its sums usually take, %d ms at least: a spare does its work too; evicted at the %d. time in a row"
              .formatted(number(slow.factor()), slow.millisMin(), slow.evictAfter()));
    }
    if (plan.auditLagSteps() > 0) {
      row(
          terminal,
          "",
          "a step begins although the audits of up to %d before it are not over; what they find takes all back to the last that is verified"
              .formatted(plan.auditLagSteps()));
    }
    LinkTiming link = LinkTiming.defaults();
    row(
        terminal,
        "",
        "fabric: a killed process at once; heartbeat %d ms, silent after %d ms, given up after %d ms"
            .formatted(
                link.heartbeat().toMillis(),
                link.silentAfter().toMillis(),
                link.deadAfter().toMillis()));
    MembershipTimes members = MembershipTimes.configured();
    row(
        terminal,
        "",
        "membership: heartbeat %d ms, unreachable after %d ms, taken off %d ms later"
            .formatted(
                members.heartbeat().toMillis(),
                members.pause().toMillis(),
                members.stable().toMillis()));
  }

  private static String outlook(PlannedFault fault) {
    if (!fault.canStrike()) {
      return "cannot strike, the run ends before";
    }
    return fault.seenBy().isEmpty()
        ? "nothing that is switched on is sure to see it"
        : "to be seen by " + String.join(", ", fault.seenBy());
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? Long.toString(Math.round(value))
        : String.format(Locale.ROOT, "%.2f", value);
  }

  static void row(Terminal terminal, String name, String value) {
    terminal.result(String.format(Locale.ROOT, "%-13s %s", name, value).stripTrailing());
  }

  static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    String[] units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    int unit = -1;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
  }
}
