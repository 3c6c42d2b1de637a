package dev.redoubt.store;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.digest.DigestDescent.Ask;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** One end of a {@link LocalFabric}: links and frames. Transfers are in {@link LocalTransfers}. */
final class LocalEndpoint implements Endpoint, WireFrame.Sender {

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

  private final LocalFabric fabric;
  private final String node;
  private final Delivery delivery;
  private final LocalTransfers transfers;
  private final Set<LocalEndpoint> links = ConcurrentHashMap.newKeySet();
  private volatile boolean broken;

  LocalEndpoint(LocalFabric fabric, String node, Receiver receiver) {
    this.fabric = fabric;
    this.node = node;
    this.delivery =
        new Delivery(node, receiver, fabric.options(), fabric.buffers(), this::breakOff);
    this.transfers = new LocalTransfers(this, fabric.options().tap());
  }

  void start() {
    delivery.start();
  }

  @Override
  public String node() {
    return node;
  }

  @Override
  public boolean isBroken() {
    return broken;
  }

  long fenced() {
    return delivery.fenced();
  }

  LocalTransfers transfers() {
    return transfers;
  }

  /** The peer of that name, linked; null if there is none or if either end is broken. */
  @Nullable LocalEndpoint link(String peer) {
    LocalEndpoint other = fabric.find(peer);
    if (other == null) {
      return null;
    }
    links.add(other);
    other.links.add(this);
    // After linking: an end that breaks off from here on finds this link and tells.
    return broken || other.broken ? null : other;
  }

  @Override
  public void send(String peer, FrameHeader.Gradient header, MemorySegment payload)
      throws PeerBrokenException {
    LocalEndpoint other = reach(peer, payload);
    WireFrame frame = pack(header, payload);
    settle(peer, frame, other.delivery.put(frame, fabric.options().patience()));
  }

  @Override
  public void post(String peer, FrameHeader.Piece header, MemorySegment payload)
      throws PeerBrokenException {
    LocalEndpoint other = reach(peer, payload);
    WireFrame frame = pack(header, payload);
    settle(peer, frame, other.delivery.putPiece(frame));
  }

  @Override
  public void damaged(
      String peer, FrameHeader header, MemorySegment payload, MemorySegment digested)
      throws PeerBrokenException {
    WireFrame.checkDamage(payload, digested);
    LocalEndpoint other = reach(peer, digested);
    WireFrame frame = pack(header, digested);
    MemorySegment.copy(payload, 0, frame.buffer(), FrameHeader.BYTES, payload.byteSize());
    switch (header) {
      case FrameHeader.Gradient ignored ->
          settle(peer, frame, other.delivery.put(frame, fabric.options().patience()));
      case FrameHeader.Piece ignored -> settle(peer, frame, other.delivery.putPiece(frame));
      case FrameHeader.Unknown unknown -> {
        fabric.buffers().giveBack(frame.buffer());
        throw new IllegalArgumentException("nobody sends a frame like " + unknown);
      }
    }
  }

  private LocalEndpoint reach(String peer, MemorySegment payload) throws PeerBrokenException {
    checkPayload(payload);
    LocalEndpoint other = link(peer);
    if (other == null) {
      throw new PeerBrokenException(peer, broken ? "this end broke off" : "it is not there");
    }
    return other;
  }

  private void settle(String peer, WireFrame frame, @Nullable String refusal)
      throws PeerBrokenException {
    if (refusal != null) {
      fabric.buffers().giveBack(frame.buffer());
      throw new PeerBrokenException(peer, refusal);
    }
  }

  private void checkPayload(MemorySegment payload) {
    int most = fabric.options().payloadBytesMax();
    if (!payload.isNative() || payload.byteSize() > most) {
      throw new IllegalArgumentException(
          "a payload is native memory of at most %d bytes, not %s".formatted(most, payload));
    }
  }

  private WireFrame pack(FrameHeader header, MemorySegment payload) {
    long bytes = FrameHeader.BYTES + payload.byteSize();
    MemorySegment buffer = fabric.buffers().take(bytes);
    header.write(buffer);
    if (!fabric.options().frameDigests()) {
      MemorySegment.copy(payload, 0, buffer, FrameHeader.BYTES, payload.byteSize());
      return new WireFrame(this, buffer, bytes, 0);
    }
    return new WireFrame(this, buffer, bytes, WireFrame.copied(payload, buffer));
  }

  @Override
  public BlockDigests digests(String peer, long epoch, long version, Duration patience)
      throws TransferException {
    return transfers.digests(peer, epoch, version, patience);
  }

  @Override
  public Digest root(String peer, long epoch, long version, Duration patience)
      throws TransferException {
    return transfers.root(peer, epoch, version, patience);
  }

  @Override
  public long[] nodes(String peer, long epoch, long version, Ask ask, Duration patience)
      throws TransferException {
    return transfers.nodes(peer, epoch, version, ask, patience);
  }

  @Override
  public void blocks(
      String peer, long epoch, long version, int[] blocks, BlockSink sink, Duration patience)
      throws TransferException {
    transfers.blocks(peer, epoch, version, blocks, sink, patience);
  }

  @Override
  public void serve(Donor donor) {
    transfers.serve(donor);
  }

  @Override
  public void fence(long epoch) {
    delivery.fence(epoch);
  }

  @Override
  public void breakOff() {
    if (stop()) {
      for (LocalEndpoint peer : List.copyOf(links)) {
        peer.links.remove(this);
        peer.delivery.notice(receiver -> receiver.peerBroken(node));
      }
    }
  }

  /** Stops without a word to the peers; false if it was stopped before. */
  boolean stop() {
    synchronized (this) {
      if (broken) {
        return false;
      }
      broken = true;
    }
    fabric.forget(this);
    delivery.close();
    transfers.stop();
    return true;
  }

  @Override
  public void close() {
    breakOff();
    awaitCallbacks();
  }

  void awaitCallbacks() {
    try {
      if (!delivery.awaitEnd(CLOSE_PATIENCE) || !transfers.awaitEnd(CLOSE_PATIENCE)) {
        throw new IllegalStateException(
            "a callback of endpoint '%s' did not return within %s".formatted(node, CLOSE_PATIENCE));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while closing endpoint '" + node + "'", e);
    }
  }
}
