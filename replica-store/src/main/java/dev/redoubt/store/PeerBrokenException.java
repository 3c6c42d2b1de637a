package dev.redoubt.store;

/** A frame could not be given to its peer. */
public final class PeerBrokenException extends Exception {

  private static final long serialVersionUID = 1L;

  private final String peer;

  /** Of a fabric. */
  public PeerBrokenException(String peer, String reason) {
    super("frame to " + peer + ": " + reason);
    this.peer = peer;
  }

  /** Whom the frame was for. */
  public String peer() {
    return peer;
  }
}
