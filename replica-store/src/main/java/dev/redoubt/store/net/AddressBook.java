package dev.redoubt.store.net;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who is a member, and where. It changes while the run goes on: a member may appear, come back at
 * another port, or go for good. Endpoints keep a link to everybody in it.
 */
public final class AddressBook {

  /** Told of changes, one after the other. */
  interface Reader {
    void changed(String node, @Nullable InetSocketAddress address);
  }

  private final Map<String, InetSocketAddress> addresses = new HashMap<>();
  private final List<Reader> readers = new ArrayList<>();

  /** {@code node} is a member and listens at {@code address}. */
  public synchronized void put(String node, InetSocketAddress address) {
    InetSocketAddress former = addresses.put(node, address);
    if (!address.equals(former)) {
      List.copyOf(readers).forEach(reader -> reader.changed(node, address));
    }
  }

  /** {@code node} is no member any more: links to it are closed, and it gets no new one. */
  public synchronized void remove(String node) {
    if (addresses.remove(node) != null) {
      List.copyOf(readers).forEach(reader -> reader.changed(node, null));
    }
  }

  /** The members and their addresses now. */
  public synchronized Map<String, InetSocketAddress> all() {
    return Map.copyOf(addresses);
  }

  /** Tells {@code reader} of everybody, and of each change from then on. */
  synchronized void read(Reader reader) {
    readers.add(reader);
    addresses.forEach(reader::changed);
  }

  synchronized void forget(Reader reader) {
    readers.remove(reader);
  }
}
