package dev.redoubt.store;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What every fabric does with frames that have arrived at an endpoint: they wait in an inbox, and
 * one thread lets the tap see them, verifies them, refuses what is fenced, and calls the receiver.
 * So a frame is judged in the same way whatever carried it.
 */
public final class Delivery {

  private final String node;
  private final Receiver receiver;
  private final FabricOptions options;
  private final FrameBuffers buffers;
  private final Runnable end;
  private final Inbox inbox;
  private final Thread thread;
  private final AtomicLong fence = new AtomicLong(Long.MIN_VALUE);
  private volatile boolean closed;

  /**
   * For the endpoint {@code node}.
   *
   * @param buffers that frames come in, and are given back to
   * @param end run when nothing is delivered any more: it was closed, or a callback threw
   */
  public Delivery(
      String node, Receiver receiver, FabricOptions options, FrameBuffers buffers, Runnable end) {
    this.node = node;
    this.receiver = receiver;
    this.options = options;
    this.buffers = buffers;
    this.end = end;
    this.inbox = new Inbox(options.inboxFrames(), options.inboxPieces());
    this.thread =
        Thread.ofPlatform().daemon().name("fabric-" + node + "-in").unstarted(this::deliverAll);
  }

  /** Begins to deliver. */
  public void start() {
    thread.start();
  }

  /** Puts a frame in and waits for room; returns null, or why it could not. */
  @Nullable String put(WireFrame frame, Duration patience) {
    return inbox.put(frame, patience);
  }

  /** Puts a piece in without waiting; returns null, or why it could not. */
  @Nullable String putPiece(WireFrame piece) {
    return inbox.putPiece(piece);
  }

  /**
   * Puts a frame in whatever is there already; the caller sees to the limit.
   *
   * @return false if this endpoint broke off: the frame's buffer stays the caller's
   */
  public boolean admit(WireFrame frame, boolean isPiece) {
    return inbox.admit(frame, isPiece);
  }

  /** Tells the receiver something of a peer, before all frames that wait. */
  public void notice(Consumer<Receiver> notice) {
    inbox.notice(notice);
  }

  /** Refuses frames of an older epoch from now on; the bar never goes down. */
  public void fence(long epoch) {
    fence.accumulateAndGet(epoch, Math::max);
  }

  /** The oldest epoch that is taken. */
  public long fenced() {
    return fence.get();
  }

  private void deliverAll() {
    try {
      for (Inbox.Item item = inbox.take(); item != null; item = inbox.take()) {
        if (item.notice() != null) {
          item.notice().accept(receiver);
        } else if (item.frame() != null) {
          item.frame().sender().taken(item.frame());
          deliver(item.frame());
        }
      }
    } finally {
      // Either closed already, or a callback threw, which the thread's handler reports.
      end.run();
    }
  }

  private void deliver(WireFrame frame) {
    MemorySegment wire = frame.wire();
    Payload payload =
        new Payload(
            wire.asSlice(FrameHeader.BYTES).asReadOnly(), () -> buffers.giveBack(frame.buffer()));
    deliver(frame, wire, payload);
    payload.ended();
  }

  private void deliver(WireFrame frame, MemorySegment wire, Payload payload) {
    String from = frame.sender().node();
    FrameTap.Fate fate = options.tap().frame(from, node, wire);
    if (fate == FrameTap.Fate.DROP || closed || frame.sender().isBroken()) {
      return;
    }
    FrameHeader header = FrameHeader.read(wire);
    if (options.frameDigests() && WireFrame.crc(wire) != frame.check()) {
      receiver.frameCorrupt(from, header);
    } else if (header.epoch() < fence.get()) {
      receiver.frameStale(from, header);
    } else {
      receiver.frame(from, header, payload);
    }
  }

  /** Delivers nothing more; a callback in progress goes on. */
  public void close() {
    closed = true;
    inbox.close();
  }

  /** Waits for the callback in progress, unless called by it; false if it does not return. */
  public boolean awaitEnd(Duration patience) throws InterruptedException {
    return Thread.currentThread().equals(thread) || thread.join(patience);
  }
}
