package dev.redoubt.cli;

import dev.redoubt.cli.scenario.ModelCatalog;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioException;
import dev.redoubt.cli.scenario.ScenarioLoader;
import dev.redoubt.cli.scenario.ScenarioWarnings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The scenario file and its seed, for every command that takes one. */
final class ScenarioOption {
  @Spec(Spec.Target.MIXEE)
  @Nullable CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The scenario.")
  @Nullable Path file;

  @Option(names = "--seed", paramLabel = "N", description = "A seed in place of the scenario's.")
  @Nullable Long seed;

  /**
   * Loads and checks the scenario; its warnings go to the terminal.
   *
   * @throws ScenarioException with everything that is wrong about it
   */
  Scenario load(ModelCatalog catalog, Terminal terminal) throws ScenarioException {
    if (file == null || spec == null) {
      throw new IllegalStateException("picocli gives a required parameter");
    }
    if (seed != null && seed < 0) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--seed is " + seed + ", expected 0 or more");
    }
    Scenario scenario = new ScenarioLoader(catalog).load(file);
    Scenario seeded = seed == null ? scenario : scenario.withSeed(seed);
    ScenarioWarnings.of(seeded).forEach(warning -> terminal.warning(file + ": " + warning));
    return seeded;
  }
}
