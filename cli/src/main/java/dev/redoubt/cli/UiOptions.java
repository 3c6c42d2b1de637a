package dev.redoubt.cli;

import dev.redoubt.cli.live.LivePage;
import dev.redoubt.cli.scenario.Scenario;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether a run has a live page, and where. */
final class UiOptions {

  @Option(
      names = "--ui",
      description = "Serve a page that shows the run and takes faults; its address is printed.")
  boolean wanted;

  @Option(
      names = "--ui-port",
      paramLabel = "PORT",
      description = "Serve the page there (default: any free port); with it --ui is understood.")
  @Nullable Integer port;

  @Option(
      names = "--ui-host",
      paramLabel = "HOST",
      description = "The address to serve the page at (default: ${DEFAULT-VALUE}).")
  String host = "127.0.0.1";

  /** The page of a run, if it was asked for. */
  record Window(@Nullable LivePage page) implements AutoCloseable {

    Optional<LivePage> live() {
      return Optional.ofNullable(page);
    }

    @Override
    public void close() {
      if (page != null) {
        page.close();
      }
    }
  }

  /** Serves the page and says where; the token is in what it says, and nowhere else. */
  Window open(Scenario scenario, Clock clock, Terminal terminal) throws EnvironmentException {
    Integer given = port;
    if (!wanted && given == null) {
      return new Window(null);
    }
    try {
      LivePage page = LivePage.open(scenario, clock, host, given == null ? 0 : given);
      String shown = host.contains(":") ? "[" + host + "]" : host;
      terminal.err().println("live page: http://" + shown + ":" + page.port() + page.path());
      terminal.err().flush();
      return new Window(page);
    } catch (IOException e) {
      throw new EnvironmentException(String.valueOf(e.getMessage()), e);
    }
  }
}
