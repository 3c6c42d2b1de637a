package dev.redoubt.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fabric inside one process: bytes move by copying, each endpoint has a thread that delivers
 * and one that gives blocks away. It promises no more than a network could, so that the two can be
 * exchanged.
 */
public final class LocalFabric implements Fabric {

  private final FabricOptions options;
  private final FrameBuffers buffers = new FrameBuffers();
  private final Map<String, LocalEndpoint> endpoints = new HashMap<>();
  private boolean closed;

  /** An empty fabric. */
  public LocalFabric(FabricOptions options) {
    this.options = options;
  }

  @Override
  public synchronized Endpoint open(String node, Receiver receiver) {
    if (closed) {
      throw new IllegalStateException("the fabric is closed");
    }
    if (endpoints.containsKey(node)) {
      throw new IllegalStateException("an endpoint named '" + node + "' is open already");
    }
    LocalEndpoint endpoint = new LocalEndpoint(this, node, receiver);
    endpoints.put(node, endpoint);
    endpoint.start();
    return endpoint;
  }

  synchronized @Nullable LocalEndpoint find(String node) {
    return endpoints.get(node);
  }

  synchronized void forget(LocalEndpoint endpoint) {
    endpoints.remove(endpoint.node(), endpoint);
  }

  FabricOptions options() {
    return options;
  }

  FrameBuffers buffers() {
    return buffers;
  }

  @Override
  public void close() {
    List<LocalEndpoint> open;
    synchronized (this) {
      closed = true;
      open = new ArrayList<>(endpoints.values());
    }
    open.forEach(LocalEndpoint::stop);
    open.forEach(LocalEndpoint::awaitCallbacks);
  }
}
