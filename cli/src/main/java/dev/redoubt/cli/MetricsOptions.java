package dev.redoubt.cli;

import dev.redoubt.cli.metrics.MetricRegistry;
import dev.redoubt.cli.metrics.MetricServer;
import dev.redoubt.cli.metrics.MetricTable;
import dev.redoubt.cli.metrics.ScrapeTargets;
import dev.redoubt.cli.metrics.Scraping;
import dev.redoubt.cli.report.RunDirectory;
import dev.redoubt.cli.scenario.Scenario;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether a run can be scraped, and where. */
final class MetricsOptions {

  @Option(
      names = "--metrics-port",
      paramLabel = "PORT",
      description = "Serve /metrics, /health/live and /health/ready there (0: any free port).")
  @Nullable Integer port;

  @Option(
      names = "--metrics-host",
      paramLabel = "HOST",
      description = "The address to serve them at (default: ${DEFAULT-VALUE}).")
  String host = "127.0.0.1";

  /** What measures a run, while it goes; nothing at all if no port was asked for. */
  record Endpoint(@Nullable Scraping scraping, @Nullable MetricServer server)
      implements AutoCloseable {

    Optional<Scraping> metrics() {
      return Optional.ofNullable(scraping);
    }

    @Override
    public void close() {
      if (server != null) {
        server.close();
      }
      if (scraping != null) {
        scraping.targets().close();
        scraping.registry().close();
      }
    }
  }

  /** Listens and says where. */
  Endpoint open(Scenario scenario, RunDirectory directory, Terminal terminal)
      throws EnvironmentException {
    Integer wanted = port;
    if (wanted == null) {
      return new Endpoint(null, null);
    }
    MetricRegistry registry = new MetricRegistry();
    try {
      MetricServer server = MetricServer.start(registry, host, wanted);
      registry
          .level(
              MetricTable.RUN_INFO,
              scenario.name(),
              Long.toString(scenario.seed()),
              scenario.mode().word(),
              scenario.model().name(),
              String.valueOf(directory.path().getFileName()))
          .set(1);
      String instance = shown() + ":" + server.port();
      terminal.err().println("metrics: http://" + instance + "/metrics");
      terminal.err().flush();
      ScrapeTargets targets = new ScrapeTargets(directory.file(ScrapeTargets.FILE), instance);
      return new Endpoint(new Scraping(registry, targets), server);
    } catch (IOException e) {
      registry.close();
      throw new EnvironmentException(String.valueOf(e.getMessage()), e);
    }
  }

  private String shown() {
    return host.contains(":") ? "[" + host + "]" : host;
  }
}
