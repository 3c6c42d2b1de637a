package dev.redoubt.cli;

import dev.redoubt.cli.run.TrainerModels;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;

/** Runs a command in this JVM and keeps what it wrote. */
record Cli(int exitCode, String out, String err) {
  static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  static Cli run(RunEngine engine, String... args) {
    return run(engine, Clock.fixed(NOW, ZoneOffset.UTC), args);
  }

  /** With a clock: the times of a journal are its. */
  static Cli run(RunEngine engine, Clock clock, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    TrainerModels models = new TrainerModels();
    Path root = Path.of(System.getProperty("redoubt.root", "..")).toAbsolutePath();
    Wiring wiring = new Wiring(models, engine, PlanNumbers.of(models), clock, root);
    int exitCode =
        Main.commandLine(wiring, new PrintWriter(out), new PrintWriter(err)).execute(args);
    return new Cli(exitCode, out.toString(), err.toString());
  }

  static Cli run(String... args) {
    return run(
        (scenario, directory, observer) -> {
          throw new AssertionError("nothing is to be run");
        },
        args);
  }
}
