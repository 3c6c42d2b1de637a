package dev.redoubt.cli;

import dev.redoubt.cli.run.ClusterEngine;
import dev.redoubt.cli.run.TrainerModels;
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
    TrainerModels catalog = new TrainerModels();
    return new Wiring(
        catalog,
        new ClusterEngine(),
        PlanNumbers.of(catalog),
        Clock.systemUTC(),
        Path.of(System.getProperty("redoubt.home", ".")));
  }
}
