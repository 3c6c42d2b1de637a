package dev.redoubt.cli;

import dev.redoubt.cli.live.LivePage;
import dev.redoubt.cli.metrics.Scraping;
import dev.redoubt.cli.report.RunOutcome;
import dev.redoubt.cli.scenario.Scenario;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs a scenario that passed all checks: the seam between the commands and the cluster. */
public interface RunEngine {

  /**
   * Runs to the end.
   *
   * <p>An interrupt of the calling thread asks it to stop soon and to return what was measured up
   * to there, ending {@link RunOutcome.Ending#INTERRUPTED}. Faults and lost machines are outcomes,
   * not exceptions.
   *
   * @param directory exists and is empty but for the resolved scenario; the engine may write logs
   *     there
   * @throws EnvironmentException if this machine cannot run it
   */
  RunOutcome run(Scenario scenario, Path directory, Observer observer) throws EnvironmentException;

  /** Is told of the run as it goes, from any thread. Must not block. */
  interface Observer {
    /** A step was committed. */
    void step(Progress progress);

    /**
     * Something happened: a fault struck, an alarm, a recovery. It goes to the journal and, if it
     * has a headline, to the terminal.
     */
    void event(Event event);

    /** How the run is measured; empty if nobody scrapes it. */
    default Optional<Scraping> metrics() {
      return Optional.empty();
    }

    /** Where the run is shown while it goes, and faults are asked for; empty if nowhere. */
    default Optional<LivePage> live() {
      return Optional.empty();
    }
  }

  /**
   * How far the run is.
   *
   * @param nodesAlive workers and spares
   */
  record Progress(
      int step,
      int steps,
      double loss,
      int nodesAlive,
      int nodes,
      int faultsStruck,
      int faultsFound) {}

  /**
   * Something that happened.
   *
   * @param step null if it belongs to no step
   * @param node such as {@code pod0/rank0}, {@code controller}; empty if it is of no node
   * @param kind in a few words with hyphens, such as {@code fault-struck}
   * @param headline for the terminal; null if only the journal is to know
   * @param fields further values for the journal: numbers, texts, booleans
   */
  record Event(
      @Nullable Integer step,
      long epoch,
      String node,
      String kind,
      @Nullable String headline,
      java.util.Map<String, Object> fields) {
    public Event {
      fields = java.util.Map.copyOf(fields);
    }
  }
}
