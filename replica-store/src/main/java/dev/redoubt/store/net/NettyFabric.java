package dev.redoubt.store.net;

import dev.redoubt.store.Fabric;
import dev.redoubt.store.FrameBuffers;
import dev.redoubt.store.Receiver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fabric between processes, over TCP: the same contract as inside one process. Usually a
 * process opens one endpoint; it may open several.
 *
 * <p>A peer whose process ends is noticed at once, since its operating system closes the
 * connection. Each endpoint has one thread that delivers and one that answers; the connections of
 * all are served by two threads of the fabric.
 */
public final class NettyFabric implements Fabric {

  private final NetOptions options;
  private final AddressBook book;
  private final Transport transport;
  private final @Nullable Tls tls;
  private final FrameBuffers buffers = new FrameBuffers();
  private final Map<String, NettyEndpoint> endpoints = new HashMap<>();
  private boolean closed;

  /**
   * A fabric without endpoints.
   *
   * @param book in which peers are found
   * @throws IllegalArgumentException if the certificates cannot be used
   */
  public NettyFabric(NetOptions options, AddressBook book) {
    this.options = options;
    this.book = book;
    TlsFiles files = options.tls();
    this.tls = files == null ? null : new Tls(files, options.timing());
    this.transport = new Transport(options.timing());
  }

  /** Joins as {@code node} and listens at a free port. */
  @Override
  public NettyEndpoint open(String node, Receiver receiver) {
    return open(node, 0, receiver);
  }

  /**
   * Joins as {@code node} and listens at {@code port}, or with 0 at a free one.
   *
   * @throws IllegalArgumentException if it is no name for a node
   * @throws IllegalStateException as {@link Fabric#open} says
   * @throws java.io.UncheckedIOException if the port is taken
   */
  public NettyEndpoint open(String node, int port, Receiver receiver) {
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("the fabric is closed");
      }
      if (endpoints.containsKey(node)) {
        throw new IllegalStateException("an endpoint named '" + node + "' is open already");
      }
      NettyEndpoint endpoint = new NettyEndpoint(this, node, receiver);
      endpoint.start(port);
      endpoints.put(node, endpoint);
      return endpoint;
    }
  }

  synchronized void forget(NettyEndpoint endpoint) {
    endpoints.remove(endpoint.node(), endpoint);
  }

  NetOptions options() {
    return options;
  }

  AddressBook book() {
    return book;
  }

  Transport transport() {
    return transport;
  }

  @Nullable Tls tls() {
    return tls;
  }

  /** Bytes of the buffers for frames of all endpoints. */
  public long bufferBytes() {
    return buffers.bytes();
  }

  FrameBuffers buffers() {
    return buffers;
  }

  @Override
  public void close() {
    List<NettyEndpoint> open;
    synchronized (this) {
      closed = true;
      open = List.copyOf(endpoints.values());
    }
    // All deliveries first: nobody here is to be told of the others.
    open.forEach(endpoint -> endpoint.delivery().close());
    open.forEach(NettyEndpoint::stop);
    open.forEach(NettyEndpoint::awaitCallbacks);
    transport.close();
  }
}
