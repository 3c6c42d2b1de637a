package dev.redoubt.cli;

import dev.redoubt.cli.run.NodeFile;
import dev.redoubt.cli.run.NodeMetrics;
import dev.redoubt.cli.run.Specs;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioException;
import dev.redoubt.cli.scenario.ScenarioLoader;
import dev.redoubt.node.PortTakenException;
import dev.redoubt.node.RunSpec;
import dev.redoubt.node.process.Meter;
import dev.redoubt.node.process.NodeProcess;
import dev.redoubt.node.process.Place;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code redoubt node FILE}: a member of the cluster, in this process. */
@Command(
    name = "node",
    description = "Be a member of a cluster; 'run' starts these in mode processes.",
    footer = {
      "",
      "Reports go to stdout, a JSON object on a line each; orders are read from stdin in the same",
      "way. The end of stdin ends the process. Its log goes to stderr."
    })
final class NodeCommand implements Callable<Integer> {
  private final Wiring wiring;

  @Mixin final GlobalOptions global = new GlobalOptions();

  @Parameters(
      paramLabel = "FILE",
      description = "The member's place: scenario, name, role, ports, seeds and token, in JSON.")
  Path file = Path.of("node.json");

  @Option(
      names = "--supervised",
      description = "End with the process that started this one, whatever it ends by.")
  boolean supervised;

  @Spec @Nullable CommandSpec spec;

  NodeCommand(Wiring wiring) {
    this.wiring = wiring;
  }

  @Override
  public Integer call() throws ScenarioException, EnvironmentException {
    if (supervised && !NodeProcess.dependOnParent()) {
      throw new EnvironmentException("--supervised needs Linux");
    }
    NodeFile node = NodeFile.read(file);
    Scenario scenario = new ScenarioLoader(wiring.catalog()).load(node.scenario());
    RunSpec run = node.of(Specs.of(scenario), file);
    RunLog.toStandardError();
    if (!node.metrics()) {
      be(run, node.place(), Optional.empty());
    } else {
      try (NodeMetrics metrics = NodeMetrics.at(node.place().host())) {
        be(run, node.place(), Optional.of(metrics));
      }
    }
    return ExitCode.OK.code();
  }

  private static void be(RunSpec run, Place place, Optional<Meter> meter)
      throws EnvironmentException {
    try {
      String ignored = NodeProcess.run(run, place, System.in, reports(), meter);
    } catch (PortTakenException e) {
      throw new EnvironmentException(String.valueOf(e.getMessage()), e);
    }
  }

  /** The real output stream; whatever else is printed goes to the error stream from now on. */
  private static PrintStream reports() {
    PrintStream reports =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    System.setOut(System.err);
    return reports;
  }
}
