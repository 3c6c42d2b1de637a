package dev.redoubt.cli;

import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code redoubt validate FILE}: checks a scenario, runs nothing. */
@Command(name = "validate", description = "Check a scenario; nothing is run.")
final class ValidateCommand implements Callable<Integer> {
  private final Wiring wiring;

  @Mixin final GlobalOptions global = new GlobalOptions();
  @Mixin final ScenarioOption scenario = new ScenarioOption();

  @Spec @Nullable CommandSpec spec;

  ValidateCommand(Wiring wiring) {
    this.wiring = wiring;
  }

  @Override
  public Integer call() throws ScenarioException {
    Terminal terminal = Main.terminal(spec, global);
    Scenario checked = scenario.load(wiring.catalog(), terminal);
    terminal.result(
        checked.name()
            + ": valid, "
            + counted(checked.faults().size(), "fault")
            + ", "
            + counted(checked.train().steps(), "step"));
    return ExitCode.OK.code();
  }

  private static String counted(int count, String noun) {
    return count + " " + noun + (count == 1 ? "" : "s");
  }
}
