package dev.redoubt.store.net;

import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The run's token at a door that is not the fabric's: for whoever takes an {@link SSLEngine} but is
 * to have no TLS. Both ends prove that they know the token, in frames of fixed length, before the
 * first byte of theirs is passed on; then bytes go through as they are.
 *
 * <p>The limit is that of the token: nothing is hidden, and who can change bytes on the way can
 * take a connection over.
 */
public final class TokenDoor {

  private static final Logger LOG = LoggerFactory.getLogger(TokenDoor.class);

  private final RunToken token;
  private final FabricCounters counters = new FabricCounters();
  private final Refusals refusals;

  /**
   * A door of {@code node}.
   *
   * @param refusals told once of each cause
   */
  public TokenDoor(String node, RunToken token, Consumer<Refused> refusals) {
    this.token = token;
    this.refusals = new Refusals(node, refusals, counters);
  }

  /** The same, with refusals in the log. */
  public TokenDoor(String node, RunToken token) {
    this(node, token, refused -> LOG.warn("{}", refused));
  }

  /** For a connection that somebody else has made. */
  public SSLEngine dialled() {
    return new TokenEngine(this, false);
  }

  /** For a connection that this end makes. */
  public SSLEngine dialling() {
    return new TokenEngine(this, true);
  }

  /** How many connections were refused. */
  public long refused() {
    return counters.refused();
  }

  RunToken token() {
    return token;
  }

  void refused(Refusal refusal, String detail) {
    refusals.refused(refusal, "somebody", detail);
  }
}
