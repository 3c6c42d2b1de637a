package dev.redoubt.node;

import dev.redoubt.store.Endpoint;
import dev.redoubt.store.Fabric;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.Payload;
import dev.redoubt.store.Receiver;
import dev.redoubt.store.net.AddressBook;
import dev.redoubt.store.net.FabricCounters;
import dev.redoubt.store.net.NetOptions;
import dev.redoubt.store.net.NettyEndpoint;
import dev.redoubt.store.net.NettyFabric;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * One member's end of the fabric between processes. It listens before there is a machine, because
 * the member has to say where when it joins the cluster; what comes until then waits.
 */
public final class BoundFabric implements Fabric, Neighbours {

  private final AddressBook book = new AddressBook();
  private final NettyFabric fabric;
  private final NettyEndpoint endpoint;
  private final CompletableFuture<Receiver> machine = new CompletableFuture<>();
  private final Set<String> linked = ConcurrentHashMap.newKeySet();
  private final Wall wall = new Wall();
  private final Runnable belongs;
  private final Runnable expelled;
  private final Consumer<String> broken;

  /**
   * Listens.
   *
   * @param port or 0 for a free one
   * @param broken told of peers whose connection broke
   * @param belongs told when this member belongs to the cluster for good
   * @param expelled told when the cluster has taken this member off
   * @throws java.io.UncheckedIOException if the port is taken
   */
  public BoundFabric(
      NetOptions options,
      String name,
      int port,
      Consumer<String> broken,
      Runnable belongs,
      Runnable expelled) {
    this.broken = broken;
    this.belongs = belongs;
    this.expelled = expelled;
    this.fabric = new NettyFabric(options.withFrames(options.frames().withTap(wall)), book);
    this.endpoint = fabric.open(name, port, new Later());
  }

  /** The role by which all members learn where this end is. */
  public String tag() {
    return MembershipActor.tag(endpoint.node(), endpoint.address());
  }

  /**
   * The endpoint, which is open already.
   *
   * @throws IllegalStateException if it is not its own name, or it is taken
   */
  @Override
  public Endpoint open(String node, Receiver receiver) {
    if (!node.equals(endpoint.node()) || !machine.complete(receiver)) {
      throw new IllegalStateException("there is one endpoint here, " + endpoint.node());
    }
    return endpoint;
  }

  /** What it has sent, received and refused. */
  public FabricCounters counters() {
    return endpoint.counters();
  }

  /** From now on drops what comes from these, and takes what comes from the others. */
  public void deafTo(Set<String> peers) {
    wall.build(endpoint.node(), peers);
  }

  @Override
  public void here(String name, InetSocketAddress address) {
    if (!name.equals(endpoint.node())) {
      book.put(name, address);
    }
  }

  @Override
  public void up(String name) {
    if (name.equals(endpoint.node())) {
      belongs.run();
    }
  }

  @Override
  public void gone(String name) {
    book.remove(name);
  }

  @Override
  public void expelled() {
    expelled.run();
  }

  @Override
  public boolean linked(int members) {
    Set<String> known = book.all().keySet();
    return known.size() >= members - 1 && linked.containsAll(known);
  }

  @Override
  public void close() {
    machine.cancel(false);
    fabric.close();
  }

  /** Passes on to the machine once there is one. */
  private final class Later implements Receiver {

    /** Controllers have links to each other and to the workers only to see them break. */
    private boolean hasMachine(String peer) {
      return RunSpec.role(endpoint.node()) == Role.WORKER && RunSpec.role(peer) == Role.WORKER;
    }

    @Override
    public void frame(String from, FrameHeader header, Payload payload) {
      machine.join().frame(from, header, payload);
    }

    @Override
    public void peerBroken(String peer) {
      linked.remove(peer);
      broken.accept(peer);
      if (hasMachine(peer)) {
        machine.join().peerBroken(peer);
      }
    }

    @Override
    public void peerLinked(String peer) {
      linked.add(peer);
      if (hasMachine(peer)) {
        machine.join().peerLinked(peer);
      }
    }

    @Override
    public void peerSilent(String peer) {
      if (hasMachine(peer)) {
        machine.join().peerSilent(peer);
      }
    }

    @Override
    public void peerHeard(String peer) {
      if (hasMachine(peer)) {
        machine.join().peerHeard(peer);
      }
    }

    @Override
    public void frameCorrupt(String from, FrameHeader header) {
      machine.join().frameCorrupt(from, header);
    }

    @Override
    public void frameStale(String from, FrameHeader header) {
      machine.join().frameStale(from, header);
    }
  }
}
