package dev.redoubt.cli;

import dev.redoubt.cli.run.SchemePlan;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The schemes of redundancy side by side, as lines of a plan. */
final class SchemePlanText {
  private SchemePlanText() {}

  static void print(List<SchemePlan> schemes, Terminal terminal) {
    PlanCommand.row(
        terminal, "redundancy", "bytes of the busiest worker; chances for 1, 2, 3 lost at once");
    for (SchemePlan scheme : schemes) {
      terminal.result("  " + scheme.scheme() + (scheme.runs() ? " (this run)" : ""));
      if (scheme.cost() == null) {
        terminal.result("    does not fit: " + scheme.unfit());
      } else {
        print(scheme, scheme.cost(), terminal);
      }
    }
    if (schemes.stream().noneMatch(SchemePlan::runs)) {
      terminal.result(
          "  this run: replicas, and in each pod every shard once more, with buddies or in sums:"
              + " more memory and more losses survived than either");
    }
    terminal.result("  buddy and parity: each pod trains on its slice of a rank's part only");
  }

  private static void print(SchemePlan scheme, SchemePlan.Bytes cost, Terminal terminal) {
    terminal.result(
        "    memory %s; a step: %s sent, %s received, %s to disk"
            .formatted(
                PlanCommand.bytes(cost.memory()),
                PlanCommand.bytes(cost.sentPerStep()),
                PlanCommand.bytes(cost.receivedPerStep()),
                PlanCommand.bytes(cost.writtenPerStep())));
    terminal.result(
        "    survives machines %s; pods %s"
            .formatted(chances(scheme.machines()), chances(scheme.pods())));
    terminal.result(
        "    a worker lost: "
            + moved(cost.movedAfterLoss())
            + ", at most "
            + cost.stepsRepeatedMax()
            + " steps repeated");
  }

  private static String moved(@Nullable Long bytes) {
    return bytes == null ? "not always survived" : PlanCommand.bytes(bytes) + " moved";
  }

  private static String chances(List<Double> chances) {
    return chances.stream().map(SchemePlanText::chance).collect(Collectors.joining(", "));
  }

  /** Four decimals; 0 and 1 stand for never and always only. */
  private static String chance(double chance) {
    if (chance == 0 || chance == 1) {
      return chance == 0 ? "0" : "1";
    }
    if (chance < 0.0001) {
      return "<0.0001";
    }
    return chance > 0.9999 ? ">0.9999" : String.format(Locale.ROOT, "%.4f", chance);
  }
}
