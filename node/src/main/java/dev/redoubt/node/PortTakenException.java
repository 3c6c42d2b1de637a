package dev.redoubt.node;

import org.jspecify.annotations.Nullable;

/** An address that a node should listen on is in use. */
public final class PortTakenException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int port;

  /** The port, and what the operating system said. */
  public PortTakenException(int port, @Nullable Throwable cause) {
    super("port " + port + " on the loopback address is taken", cause);
    this.port = port;
  }

  /** Which one. */
  public int port() {
    return port;
  }
}
