package dev.redoubt.store;

/** Why a peer did not give what it was asked for. */
public final class TransferException extends Exception {

  private static final long serialVersionUID = 1L;

  /** The kinds of failure. */
  public enum Reason {
    /** The peer, or this end, is not there or broke off. */
    GONE,
    /** No answer in time; the peer may still be alive. */
    TIMED_OUT,
    /** The peer does not hold this version or block. */
    MISSING,
    /** The peer has fenced the epoch of the request. */
    STALE_EPOCH
  }

  private final Reason reason;

  /** Of a fabric. */
  public TransferException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** The kind of failure. */
  public Reason reason() {
    return reason;
  }
}
