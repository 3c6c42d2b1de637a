package dev.redoubt.store.net;

import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once who was refused by engines of TLS that somebody else has made: one that takes an {@link
 * SSLEngine} often closes such a connection without a word.
 */
public final class TlsDoor {

  private static final Logger LOG = LoggerFactory.getLogger(TlsDoor.class);

  private final FabricCounters counters = new FabricCounters();
  private final Refusals refusals;

  /**
   * A door of {@code node}.
   *
   * @param refusals told once of each cause
   */
  public TlsDoor(String node, Consumer<Refused> refusals) {
    this.refusals = new Refusals(node, refusals, counters);
  }

  /** The same, with refusals in the log. */
  public TlsDoor(String node) {
    this(node, refused -> LOG.warn("{}", refused));
  }

  /**
   * The same engine, watched.
   *
   * @param peer who is dialled; who dials is not known yet
   */
  public SSLEngine watch(SSLEngine engine, String peer) {
    return new WatchedEngine(engine, (refusal, why) -> refusals.refused(refusal, peer, why));
  }

  /** The same, of a connection that somebody else has made. */
  public SSLEngine watch(SSLEngine engine) {
    return watch(engine, "somebody");
  }

  /** How many connections were refused. */
  public long refused() {
    return counters.refused();
  }
}
