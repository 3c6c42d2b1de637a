package dev.redoubt.store.net;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.digest.DigestDescent.Ask;
import dev.redoubt.store.BlockSink;
import dev.redoubt.store.Delivery;
import dev.redoubt.store.Donor;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.PeerBrokenException;
import dev.redoubt.store.Receiver;
import dev.redoubt.store.TransferException;
import dev.redoubt.store.TransferException.Reason;
import dev.redoubt.store.WireFrame;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One worker's end of a {@link NettyFabric}: a port that it listens at, and a link to each peer.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Failures are told to listeners.
public final class NettyEndpoint implements Endpoint {

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

  private final NettyFabric fabric;
  private final Identity identity;
  private final FabricCounters counters = new FabricCounters();
  private final Refusals refusals;
  private final Delivery delivery;
  private final Answering answering;
  private final Doors doors;
  private final Map<String, Link> links = new ConcurrentHashMap<>();
  private final AddressBook.Reader reader = this::moved;
  private volatile boolean broken;

  NettyEndpoint(NettyFabric fabric, String node, Receiver receiver) {
    this.fabric = fabric;
    this.identity = Identity.of(node);
    this.refusals = new Refusals(node, fabric.options().refusals(), counters);
    this.delivery =
        new Delivery(node, receiver, fabric.options().frames(), fabric.buffers(), this::breakOff);
    this.answering = new Answering(this);
    this.doors = new Doors(this);
  }

  /** Begins to listen, to deliver and to dial. */
  void start(int port) {
    doors.listen(port);
    delivery.start();
    fabric.book().read(reader);
  }

  @Override
  public String node() {
    return identity.node();
  }

  /** Where it listens; others find it there once it is in their address book. */
  public InetSocketAddress address() {
    return doors.address();
  }

  /** What it has sent, received and refused. */
  public FabricCounters counters() {
    return counters;
  }

  Identity identity() {
    return identity;
  }

  NettyFabric fabric() {
    return fabric;
  }

  NetOptions options() {
    return fabric.options();
  }

  Refusals refusals() {
    return refusals;
  }

  Delivery delivery() {
    return delivery;
  }

  Answering answering() {
    return answering;
  }

  boolean isBroken() {
    return broken;
  }

  void notice(Consumer<Receiver> notice) {
    delivery.notice(notice);
  }

  private void moved(String peer, @Nullable InetSocketAddress address) {
    if (!peer.equals(node()) && !broken) {
      links.computeIfAbsent(peer, name -> new Link(this, name)).moved(address);
    }
  }

  void dial(String peer, InetSocketAddress to) {
    doors
        .dial(peer, to)
        .addListener(
            (ChannelFutureListener)
                made -> {
                  if (!made.isSuccess()) {
                    dialFailed(peer, true);
                  }
                });
  }

  /** A connection that this end dialled ended before it was a link. */
  void dialFailed(String dialled, boolean nobodyThere) {
    Link link = links.get(dialled);
    if (link != null) {
      link.failed(nobodyThere);
    }
  }

  /** Refuses who is no member, and who is older than one that was here with that name. */
  Link checkCaller(Identity caller) {
    Link link = links.get(caller.node());
    if (link == null || broken) {
      throw new RefusedException(
          Refusal.UNKNOWN_NAME, "'%s' is no member".formatted(caller.node()));
    }
    link.check(caller);
    return link;
  }

  /** On the event loop: a connection has become a link. */
  void established(Identity peer, Channel channel, FrameCodec codec) {
    Link link = checkCaller(peer);
    Connection next = new Connection(this, peer, channel, codec);
    codec.stage(next);
    link.linked(next);
    next.begin();
    if (broken) {
      next.close();
    }
  }

  /** On the event loop: a link's connection is gone. */
  void lost(Connection gone) {
    Link link = links.get(gone.peer().node());
    if (link != null) {
      link.lost(gone);
    }
  }

  void tellLinked(Connection next) {
    counters.linkOpened();
    notice(receiver -> receiver.peerLinked(next.peer().node()));
  }

  void tellBroken(Connection gone) {
    if (gone.markBroken()) {
      counters.linkBroken();
      notice(receiver -> receiver.peerBroken(gone.peer().node()));
    }
  }

  /**
   * Cuts the network from a peer to here, without breaking the connection: nothing that it says is
   * heard any more, until it is heard again. Cut in both directions if the peer does the same.
   *
   * @param isHeard false for a cut
   * @throws IllegalArgumentException if that is no member
   */
  public void hear(String peer, boolean isHeard) {
    member(peer).hear(isHeard);
  }

  /**
   * Makes the network from a peer to here slow.
   *
   * @param bytesPerSecond or 0 for as fast as it goes
   * @throws IllegalArgumentException if that is no member
   */
  public void limit(String peer, long bytesPerSecond) {
    member(peer).limit(bytesPerSecond);
  }

  private Link member(String peer) {
    Link link = links.get(peer);
    if (link == null) {
      throw new IllegalArgumentException("'" + peer + "' is no member");
    }
    return link;
  }

  boolean isDeafTo(String peer) {
    Link link = links.get(peer);
    return link != null && link.isDeaf();
  }

  private Connection reach(String peer) throws PeerBrokenException {
    Link link = links.get(peer);
    if (link == null || broken) {
      throw new PeerBrokenException(peer, broken ? "this end broke off" : "it is not there");
    }
    return link.await(options().frames().patience());
  }

  @Override
  public void send(String peer, FrameHeader.Gradient header, MemorySegment payload)
      throws PeerBrokenException {
    checkPayload(payload);
    reach(peer).outgoing().gradient(header, payload, payload);
  }

  @Override
  public void post(String peer, FrameHeader.Piece header, MemorySegment payload)
      throws PeerBrokenException {
    checkPayload(payload);
    reach(peer).outgoing().piece(header, payload, payload);
  }

  @Override
  public void damaged(
      String peer, FrameHeader header, MemorySegment payload, MemorySegment digested)
      throws PeerBrokenException {
    checkPayload(payload);
    WireFrame.checkDamage(payload, digested);
    Outgoing outgoing = reach(peer).outgoing();
    switch (header) {
      case FrameHeader.Gradient gradient -> outgoing.gradient(gradient, payload, digested);
      case FrameHeader.Piece piece -> outgoing.piece(piece, payload, digested);
      case FrameHeader.Unknown unknown ->
          throw new IllegalArgumentException("nobody sends a frame like " + unknown);
    }
  }

  private void checkPayload(MemorySegment payload) {
    int most = options().frames().payloadBytesMax();
    if (!payload.isNative() || payload.byteSize() > most) {
      throw new IllegalArgumentException(
          "a payload is native memory of at most %d bytes, not %s".formatted(most, payload));
    }
  }

  private Connection reachDonor(String peer) throws TransferException {
    try {
      return reach(peer);
    } catch (PeerBrokenException _) {
      throw new TransferException(
          Reason.GONE, broken ? "this end broke off" : peer + " is not there");
    }
  }

  @Override
  public BlockDigests digests(String peer, long epoch, long version, Duration patience)
      throws TransferException {
    return BlockDigests.of(
        numbers(peer, Question.What.DIGESTS, epoch, version, 0, new int[0], patience));
  }

  @Override
  public Digest root(String peer, long epoch, long version, Duration patience)
      throws TransferException {
    long[] root = numbers(peer, Question.What.ROOT, epoch, version, 0, new int[0], patience);
    if (root.length != 1) {
      throw new TransferException(Reason.MISSING, peer + " gave no root");
    }
    return new Digest(root[0]);
  }

  @Override
  public long[] nodes(String peer, long epoch, long version, Ask ask, Duration patience)
      throws TransferException {
    int[] parents = ask.parents().stream().mapToInt(Integer::intValue).toArray();
    List<long[]> answers = new ArrayList<>();
    for (int from = 0; from < parents.length; from += Question.INDICES_MAX) {
      int to = Math.min(from + Question.INDICES_MAX, parents.length);
      int[] some = Arrays.copyOfRange(parents, from, to);
      answers.add(numbers(peer, Question.What.NODES, epoch, version, ask.level(), some, patience));
    }
    return answers.stream().flatMapToLong(Arrays::stream).toArray();
  }

  private long[] numbers(
      String peer,
      Question.What what,
      long epoch,
      long version,
      int level,
      int[] indices,
      Duration patience)
      throws TransferException {
    Connection connection = reachDonor(peer);
    long id = connection.asking().nextId();
    return Numbers.ask(
        connection, new Question(id, what, epoch, version, level, indices), patience);
  }

  @Override
  public void blocks(
      String peer, long epoch, long version, int[] blocks, BlockSink sink, Duration patience)
      throws TransferException {
    new Fetch(reachDonor(peer), this, epoch, version, patience).run(blocks, sink);
  }

  @Override
  public void serve(Donor donor) {
    answering.serve(donor);
  }

  @Override
  public void fence(long epoch) {
    delivery.fence(epoch);
  }

  @Override
  public void breakOff() {
    stop();
  }

  /** Closes everything; whoever has a connection sees it break. */
  void stop() {
    synchronized (this) {
      if (broken) {
        return;
      }
      broken = true;
    }
    fabric.forget(this);
    fabric.book().forget(reader);
    doors.close();
    delivery.close();
    answering.stop();
    for (Link link : links.values()) {
      link.wake();
      Connection up = link.up();
      if (up != null) {
        up.markBroken();
        up.close();
      }
    }
  }

  @Override
  public void close() {
    stop();
    awaitCallbacks();
  }

  void awaitCallbacks() {
    try {
      if (!delivery.awaitEnd(CLOSE_PATIENCE) || !answering.awaitEnd(CLOSE_PATIENCE)) {
        throw new IllegalStateException(
            "a callback of endpoint '%s' did not return within %s"
                .formatted(node(), CLOSE_PATIENCE));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while closing endpoint '" + node() + "'", e);
    }
  }

  Doors doors() {
    return doors;
  }
}
