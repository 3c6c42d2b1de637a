package dev.redoubt.store;

/** A reader's hold on a version: its slot is not written before the lease is closed. */
public final class Lease implements AutoCloseable {

  private final StoredVersion stored;
  private final Runnable release;
  private boolean closed;

  Lease(StoredVersion stored, Runnable release) {
    this.stored = stored;
    this.release = release;
  }

  /** The version held, valid until this lease is closed. */
  public StoredVersion stored() {
    return stored;
  }

  /** Lets the slot go; a second call does nothing. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      release.run();
    }
  }
}
