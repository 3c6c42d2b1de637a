package dev.redoubt.cli.run;

import dev.redoubt.cli.EnvironmentException;
import dev.redoubt.cli.metrics.Level;
import dev.redoubt.cli.metrics.MetricRegistry;
import dev.redoubt.cli.metrics.MetricServer;
import dev.redoubt.cli.metrics.MetricTable;
import dev.redoubt.core.Note;
import dev.redoubt.fault.Strike;
import dev.redoubt.node.StepMeasure;
import dev.redoubt.node.process.Meter;
import dev.redoubt.store.VersionStore;
import dev.redoubt.store.net.FabricCounters;
import dev.redoubt.store.net.Refusal;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a member says of itself when it is scraped: its JVM, its steps, its end of the fabric. What
 * the cluster decides is measured where the run is ({@link RunMetrics}), so that nothing is counted
 * twice: these metrics have names of their own.
 */
public final class NodeMetrics implements Meter, AutoCloseable {

  private static final String PIECES = "pieces";
  private static final String FRAMES = "frames";

  private final MetricRegistry registry;
  private final MetricServer server;
  private final Level acting;

  private NodeMetrics(MetricRegistry registry, MetricServer server) {
    this.registry = registry;
    this.server = server;
    this.acting = registry.level(MetricTable.MEMBER_ACTING);
    registry.gauge(MetricTable.VERSIONS_BYTES, VersionStore::bytesHeld);
    registry.counter(MetricTable.MEMBER_REFUSALS);
    registry.timer(MetricTable.MEMBER_COMPUTE);
    List.of(PIECES, FRAMES).forEach(cause -> registry.timer(MetricTable.MEMBER_WAIT, cause));
  }

  /**
   * Serves them at a port of {@code host} that is free.
   *
   * @throws EnvironmentException if that cannot be
   */
  public static NodeMetrics at(String host) throws EnvironmentException {
    MetricRegistry registry = new MetricRegistry();
    try {
      return new NodeMetrics(registry, MetricServer.start(registry, host, 0));
    } catch (IOException e) {
      registry.close();
      throw new EnvironmentException(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public int port() {
    return server.port();
  }

  @Override
  public void opened(FabricCounters fabric) {
    registry.counter(MetricTable.MEMBER_SENT, fabric::bytesSent);
    registry.counter(MetricTable.MEMBER_RECEIVED, fabric::bytesReceived);
    registry.gauge(
        MetricTable.MEMBER_LINKS, () -> (double) (fabric.linksOpened() - fabric.linksBroken()));
    for (Refusal cause : Refusal.values()) {
      registry.counter(
          MetricTable.MEMBER_TURNED_AWAY, () -> fabric.refusedFor(cause), Words.kebab(cause));
    }
  }

  @Override
  public void belongs(boolean now) {
    registry.ready(now);
  }

  @Override
  public void measured(long nanos, StepMeasure measure) {
    registry.timer(MetricTable.MEMBER_COMPUTE).record(measure.computeNanos(), TimeUnit.NANOSECONDS);
    registry
        .timer(MetricTable.MEMBER_WAIT, PIECES)
        .record(measure.pieceWaitNanos(), TimeUnit.NANOSECONDS);
    registry
        .timer(MetricTable.MEMBER_WAIT, FRAMES)
        .record(measure.frameWaitNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void refused(long nanos, String worker, String what, String reason) {
    registry.counter(MetricTable.MEMBER_REFUSALS).increment();
  }

  @Override
  public void acting(long nanos, String node) {
    acting.set(1);
  }

  /** Of the cluster, and counted where the run is. */
  @Override
  public void note(long nanos, Note note) {}

  @Override
  public void struck(long nanos, Strike strike) {}

  @Override
  public void members(int alive) {}

  @Override
  public void close() {
    server.close();
    registry.close();
  }
}
