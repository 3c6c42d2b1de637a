package dev.redoubt.node;

import dev.redoubt.core.WorkerEvent;
import dev.redoubt.core.WorkerId;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.PeerBrokenException;
import dev.redoubt.trainer.program.Shard;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Sends gradients on a thread of its own, so that one is on its way while the next is computed. A
 * buffer is given back by that thread too, after everything that was to be sent from it; at once if
 * nothing is to be sent. Where a worker computes alone, and in milliseconds, nothing would hold it
 * back until that thread has had its turn on a busy machine.
 */
final class Outbox implements AutoCloseable {

  private final Endpoint endpoint;
  private final Era era;
  private final StepClock clock;
  private final Consumer<WorkerEvent> events;
  private final Lane lane;

  /** Peers that took nothing in {@code brokenIn}; known to the sending thread only. */
  private final Set<WorkerId> broken = new HashSet<>();

  private long brokenIn;

  /** Sends that wait for their turn or are under way. */
  private final AtomicInteger sends = new AtomicInteger();

  Outbox(Endpoint endpoint, Era era, StepClock clock, Consumer<WorkerEvent> events, Lane lane) {
    this.endpoint = endpoint;
    this.era = era;
    this.clock = clock;
    this.events = events;
    this.lane = lane;
  }

  /**
   * Sends a part of a sum to several peers, one after the other, unless its epoch ends before.
   *
   * @param bytes not written any more before they are {@link #giveBack given back}
   */
  void send(FrameHeader.Gradient header, MemorySegment bytes, List<WorkerId> peers) {
    clock.sent(bytes.byteSize() * peers.size());
    sends.incrementAndGet();
    lane.run(() -> sendNow(header, bytes, peers));
  }

  /** Sends a whole sum, in as many parts as it is in. */
  void sendWhole(Partials.Key key, Shard shard, Partial sum, List<WorkerId> peers) {
    List<Partial.Part> parts = sum.parts();
    for (int part = 0; part < parts.size(); part++) {
      FrameHeader.Gradient header =
          new FrameHeader.Gradient(
              key.epoch(),
              key.step(),
              key.span().from(),
              key.span().to(),
              shard.index(),
              part,
              parts.size(),
              parts.get(part).offset(),
              sum.loss());
      send(header, parts.get(part).bytes(), peers);
    }
  }

  private void sendNow(FrameHeader.Gradient header, MemorySegment bytes, List<WorkerId> peers) {
    try {
      peers.forEach(peer -> send(header, bytes, peer));
    } finally {
      sends.decrementAndGet();
    }
  }

  private void send(FrameHeader.Gradient header, MemorySegment bytes, WorkerId peer) {
    if (header.epoch() != brokenIn) {
      brokenIn = header.epoch();
      broken.clear();
    }
    if (!era.isNow(header.epoch()) || broken.contains(peer)) {
      return;
    }
    try {
      endpoint.send(peer.name(), header, bytes);
    } catch (PeerBrokenException e) {
      broken.add(peer);
      events.accept(new WorkerEvent.PeerBroken(peer));
    }
  }

  /** Gives buffers back once everything that was to be sent from them has been sent. */
  void giveBack(Buffers buffers, Collection<Partial> sums) {
    if (sends.get() == 0) {
      sums.forEach(sum -> sum.giveBack(buffers));
    } else if (!sums.isEmpty()) {
      lane.run(() -> sums.forEach(sum -> sum.giveBack(buffers)));
    }
  }

  /** Does something after all that was to be sent before. */
  void afterwards(Runnable doing) {
    lane.run(doing);
  }

  void stop() {
    lane.stop();
  }

  @Override
  public void close() {
    lane.close();
  }
}
