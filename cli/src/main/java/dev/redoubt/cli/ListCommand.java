package dev.redoubt.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.redoubt.cli.metrics.Metric;
import dev.redoubt.cli.metrics.MetricTable;
import dev.redoubt.cli.scenario.CampaignLoader;
import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.ScenarioException;
import dev.redoubt.cli.scenario.ScenarioLoader;
import dev.redoubt.fault.FaultCatalogue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code redoubt list faults|scenarios|campaigns|metrics}. */
@Command(
    name = "list",
    description =
        "List the faults that can be injected, the scenarios, the campaigns, or the metrics.")
final class ListCommand implements Callable<Integer> {
  private final Wiring wiring;

  /** What can be listed. */
  enum What {
    faults,
    scenarios,
    campaigns,
    metrics
  }

  /** A line: what it is called and what it is. */
  record Entry(String name, String description) {}

  @Mixin final GlobalOptions global = new GlobalOptions();

  @Parameters(paramLabel = "WHAT", description = "One of: ${COMPLETION-CANDIDATES}.")
  What what = What.faults;

  @Option(names = "--json", description = "Print a JSON list.")
  boolean json;

  @Spec @Nullable CommandSpec spec;

  ListCommand(Wiring wiring) {
    this.wiring = wiring;
  }

  @Override
  public Integer call() throws EnvironmentException, JsonProcessingException {
    Terminal terminal = Main.terminal(spec, global);
    switch (what) {
      case faults -> faults(terminal);
      case scenarios -> print(scenarios(terminal), terminal);
      case campaigns -> print(campaigns(terminal), terminal);
      case metrics -> metrics(terminal);
    }
    return ExitCode.OK.code();
  }

  private void faults(Terminal terminal) throws JsonProcessingException {
    if (json) {
      json(FaultCatalogue.entries(), terminal);
      return;
    }
    for (FaultCatalogue.Entry fault : FaultCatalogue.entries()) {
      terminal.result(fault.kind() + ": " + fault.summary());
      if (!fault.sites().isEmpty()) {
        terminal.result("  sites        " + String.join(", ", fault.sites()));
      }
      for (FaultCatalogue.Parameter parameter : fault.parameters()) {
        String needed = parameter.required() ? " (required)" : "";
        terminal.result(
            String.format(
                Locale.ROOT, "  %-12s %s%s", parameter.name(), parameter.meaning(), needed));
      }
      terminal.result("  seen by      " + fault.detectedBy());
      terminal.result("  not seen by  " + fault.missedBy());
      terminal.result("  source       " + fault.source());
    }
  }

  private void print(List<Entry> entries, Terminal terminal) throws JsonProcessingException {
    if (json) {
      json(entries, terminal);
      return;
    }
    int width = entries.stream().mapToInt(entry -> entry.name().length()).max().orElse(1);
    for (Entry entry : entries) {
      String format = "%-" + width + "s  %s";
      terminal.result(String.format(Locale.ROOT, format, entry.name(), entry.description()));
    }
  }

  private void metrics(Terminal terminal) throws JsonProcessingException {
    if (json) {
      json(MetricTable.all(), terminal);
      return;
    }
    for (Metric metric : MetricTable.all()) {
      String unit = metric.unit().isEmpty() ? "" : ", " + metric.unit();
      String tags = metric.tags().isEmpty() ? "" : ", by " + String.join(", ", metric.tags());
      terminal.result(
          metric.name()
              + ": "
              + metric.type().name().toLowerCase(Locale.ROOT)
              + unit
              + tags
              + ": "
              + metric.help());
      terminal.result("  " + metric.prometheusName());
    }
  }

  private static void json(List<?> entries, Terminal terminal) throws JsonProcessingException {
    terminal.result(JsonMapper.builder().build().writeValueAsString(entries));
  }

  /** Reads a file of a library. */
  private interface Reader {
    Scenario read(Path file) throws ScenarioException;
  }

  private List<Entry> scenarios(Terminal terminal) throws EnvironmentException {
    ScenarioLoader loader = new ScenarioLoader(wiring.catalog());
    return library("scenarios", loader::load, terminal);
  }

  private List<Entry> campaigns(Terminal terminal) throws EnvironmentException {
    CampaignLoader loader = new CampaignLoader(wiring.catalog());
    return library("campaigns", file -> loader.load(file).base(), terminal);
  }

  private List<Entry> library(String name, Reader reader, Terminal terminal)
      throws EnvironmentException {
    Path folder = wiring.home().resolve(name);
    List<Path> files;
    try (Stream<Path> paths = Files.list(folder)) {
      files = paths.filter(path -> path.toString().endsWith(".yaml")).sorted().toList();
    } catch (IOException e) {
      throw new EnvironmentException("there is no library of " + name + " at " + folder, e);
    }
    List<Entry> entries = new ArrayList<>();
    for (Path file : files) {
      try {
        Scenario scenario = reader.read(file);
        entries.add(new Entry(scenario.name(), firstSentence(scenario.description())));
      } catch (ScenarioException e) {
        terminal.warning(String.valueOf(e.getMessage()));
      }
    }
    return entries;
  }

  private static String firstSentence(String description) {
    String line = description.strip().replaceAll("\\s+", " ");
    int end = line.indexOf(". ");
    return end < 0 ? line : line.substring(0, end + 1);
  }
}
