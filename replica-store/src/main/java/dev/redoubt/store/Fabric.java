package dev.redoubt.store;

/**
 * Moves tensor bytes between the workers of one run, beside the control messages.
 *
 * <p>Nothing is shared between the ends: bytes are copied before a call returns, and what a
 * callback is given is valid only during that call. So the same code runs over memory and over a
 * network.
 */
public interface Fabric extends AutoCloseable {

  /**
   * Joins as {@code node}.
   *
   * @throws IllegalStateException if the fabric is closed, or if an open endpoint has that name; a
   *     name whose endpoint broke off or closed may be taken again
   */
  Endpoint open(String node, Receiver receiver);

  /** Closes every endpoint; nobody is told {@code peerBroken}. */
  @Override
  void close();
}
