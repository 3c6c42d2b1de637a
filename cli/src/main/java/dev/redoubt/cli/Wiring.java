package dev.redoubt.cli;

import dev.redoubt.cli.scenario.BuiltInModels;
import dev.redoubt.cli.scenario.ModelCatalog;
import java.nio.file.Path;
import java.time.Clock;

/**
 * What the commands are made of, in one place.
 *
 * @param home the folder of the project, with the library of scenarios
 */
record Wiring(ModelCatalog catalog, RunEngine engine, PlanNumbers numbers, Clock clock, Path home) {

  static Wiring standard() {
    BuiltInModels catalog = new BuiltInModels();
    return new Wiring(
        catalog,
        Wiring::noEngine,
        PlanNumbers.of(catalog),
        Clock.systemUTC(),
        Path.of(System.getProperty("redoubt.home", ".")));
  }

  private static dev.redoubt.cli.report.RunOutcome noEngine(
      dev.redoubt.cli.scenario.Scenario scenario, Path directory, RunEngine.Observer observer)
      throws EnvironmentException {
    throw new EnvironmentException("this build of Redoubt has no engine to run scenarios with");
  }
}
