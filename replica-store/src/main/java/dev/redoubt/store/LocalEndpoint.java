package dev.redoubt.store;

import dev.redoubt.digest.BlockDigests;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One end of a {@link LocalFabric}: links and frames. Transfers are in {@link LocalTransfers}. */
final class LocalEndpoint implements Endpoint {

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);

  private final LocalFabric fabric;
  private final String node;
  private final Receiver receiver;
  private final Inbox inbox;
  private final LocalTransfers transfers;
  private final Thread delivery;
  private final Set<LocalEndpoint> links = ConcurrentHashMap.newKeySet();
  private final AtomicLong fence = new AtomicLong(Long.MIN_VALUE);
  private volatile boolean broken;

  LocalEndpoint(LocalFabric fabric, String node, Receiver receiver) {
    this.fabric = fabric;
    this.node = node;
    this.receiver = receiver;
    this.inbox = new Inbox(fabric.options().inboxFrames(), fabric.options().inboxPieces());
    this.transfers = new LocalTransfers(this, fabric.options().tap());
    this.delivery =
        Thread.ofPlatform().daemon().name("fabric-" + node + "-in").unstarted(this::deliverAll);
  }

  void start() {
    delivery.start();
  }

  @Override
  public String node() {
    return node;
  }

  boolean isBroken() {
    return broken;
  }

  long fenced() {
    return fence.get();
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
    settle(peer, frame, other.inbox.put(frame, fabric.options().patience()));
  }

  @Override
  public void post(String peer, FrameHeader.Piece header, MemorySegment payload)
      throws PeerBrokenException {
    LocalEndpoint other = reach(peer, payload);
    WireFrame frame = pack(header, payload);
    settle(peer, frame, other.inbox.putPiece(frame));
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
    MemorySegment.copy(payload, 0, buffer, FrameHeader.BYTES, payload.byteSize());
    int check = fabric.options().frameDigests() ? WireFrame.crc(buffer.asSlice(0, bytes)) : 0;
    return new WireFrame(this, buffer, bytes, check);
  }

  private void deliverAll() {
    try {
      for (Inbox.Item item = inbox.take(); item != null; item = inbox.take()) {
        if (item.brokenPeer() != null) {
          receiver.peerBroken(item.brokenPeer());
        } else if (item.frame() != null) {
          deliver(item.frame());
          fabric.buffers().giveBack(item.frame().buffer());
        }
      }
    } finally {
      // Either broken off already, or a callback threw, which the thread's handler reports.
      breakOff();
    }
  }

  private void deliver(WireFrame frame) {
    String from = frame.sender().node();
    MemorySegment wire = frame.wire();
    FrameTap.Fate fate = fabric.options().tap().frame(from, node, wire);
    if (fate == FrameTap.Fate.DROP || broken || frame.sender().isBroken()) {
      return;
    }
    FrameHeader header = FrameHeader.read(wire);
    if (fabric.options().frameDigests() && WireFrame.crc(wire) != frame.check()) {
      receiver.frameCorrupt(from, header);
    } else if (header.epoch() < fence.get()) {
      receiver.frameStale(from, header);
    } else {
      receiver.frame(from, header, wire.asSlice(FrameHeader.BYTES).asReadOnly());
    }
  }

  @Override
  public BlockDigests digests(String peer, long epoch, long version, Duration patience)
      throws TransferException {
    return transfers.digests(peer, epoch, version, patience);
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
    fence.accumulateAndGet(epoch, Math::max);
  }

  @Override
  public void breakOff() {
    if (stop()) {
      for (LocalEndpoint peer : List.copyOf(links)) {
        peer.links.remove(this);
        peer.inbox.peerBroken(node);
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
    inbox.close();
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
      boolean here = Thread.currentThread().equals(delivery);
      if (!(here || delivery.join(CLOSE_PATIENCE)) || !transfers.awaitEnd(CLOSE_PATIENCE)) {
        throw new IllegalStateException(
            "a callback of endpoint '%s' did not return within %s".formatted(node, CLOSE_PATIENCE));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while closing endpoint '" + node + "'", e);
    }
  }
}
