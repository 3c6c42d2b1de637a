package dev.redoubt.node;

import dev.redoubt.digest.BlockDigests;
import dev.redoubt.digest.Digest;
import dev.redoubt.digest.DigestDescent.Ask;
import dev.redoubt.store.BlockSink;
import dev.redoubt.store.Donor;
import dev.redoubt.store.Endpoint;
import dev.redoubt.store.FrameHeader;
import dev.redoubt.store.PeerBrokenException;
import dev.redoubt.store.TransferException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A machine's end of the fabric, with the troubles of its wire between the machine and the fabric.
 * Frames that wait are copies; where there is no trouble a frame costs one look more.
 */
final class TroubledEndpoint implements Endpoint {

  /** A frame that nothing overtakes goes on after so long. */
  private static final long HOLD_MILLIS_MAX = 1_000;

  private final Endpoint wire;
  private final Troubles troubles;

  /** Those that wait to be overtaken, by lane. */
  private final Map<String, Passage> held = new ConcurrentHashMap<>();

  private final ScheduledExecutorService late;

  TroubledEndpoint(Endpoint wire, Troubles troubles) {
    this.wire = wire;
    this.troubles = troubles;
    // Its thread starts with the first frame that waits.
    this.late =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("late-frames-" + wire.node()).factory());
  }

  @Override
  public void send(String peer, FrameHeader.Gradient header, MemorySegment payload)
      throws PeerBrokenException {
    if (isFree()) {
      wire.send(peer, header, payload);
    } else {
      pass(new Passage(peer, header, payload));
    }
  }

  @Override
  public void post(String peer, FrameHeader.Piece header, MemorySegment payload)
      throws PeerBrokenException {
    if (isFree()) {
      wire.post(peer, header, payload);
    } else {
      pass(new Passage(peer, header, payload));
    }
  }

  private boolean isFree() {
    return troubles.none() && held.isEmpty();
  }

  private void pass(Passage frame) throws PeerBrokenException {
    troubles.meet(frame);
    OpenTrouble holder = frame.holder();
    boolean waits = frame.copies() > 0 && frame.waitNanos() > 0;
    if (holder != null && (waits || frame.copies() == 0)) {
      // Something else is done with it.
      holder.released(frame, false);
    }
    if (waits) {
      frame.keep();
      later(frame.waitNanos(), () -> carryQuietly(frame));
    } else if (holder != null && frame.copies() > 0) {
      frame.keep();
      hold(frame);
    } else {
      carry(frame);
    }
  }

  private void carry(Passage frame) throws PeerBrokenException {
    for (int copy = 0; copy < frame.copies(); copy++) {
      put(frame);
    }
    frame.prove();
    if (frame.copies() > 0) {
      release(frame);
    }
  }

  private void put(Passage frame) throws PeerBrokenException {
    if (frame.isDamaged()) {
      wire.damaged(frame.peer(), frame.header(), frame.payload(), frame.digested());
      return;
    }
    switch (frame.header()) {
      case FrameHeader.Gradient header -> wire.send(frame.peer(), header, frame.payload());
      case FrameHeader.Piece header -> wire.post(frame.peer(), header, frame.payload());
      case FrameHeader.Unknown unknown ->
          throw new IllegalArgumentException("nobody sends a frame like " + unknown);
    }
  }

  /** Whoever sent it is told no more; its receiver sees the link break itself. */
  private void carryQuietly(Passage frame) {
    try {
      carry(frame);
    } catch (PeerBrokenException e) {
      // It is lost with its receiver.
    }
  }

  private void later(long nanos, Runnable doing) {
    try {
      Future<?> ignored = late.schedule(doing, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // The machine is off.
    }
  }

  // Frames that are overtaken.

  private void hold(Passage frame) {
    held.put(frame.lane(), frame);
    later(TimeUnit.MILLISECONDS.toNanos(HOLD_MILLIS_MAX), () -> giveUp(frame));
  }

  private void giveUp(Passage frame) {
    if (take(frame.lane(), frame) != null) {
      released(frame, null);
    }
  }

  /** A frame has gone first. */
  private void release(Passage first) {
    Passage overtaken = take(first.lane(), null);
    if (overtaken != null) {
      released(overtaken, first);
    }
  }

  private @Nullable Passage take(String lane, @Nullable Passage only) {
    if (only == null) {
      return held.remove(lane);
    }
    return held.remove(lane, only) ? only : null;
  }

  private void released(Passage frame, @Nullable Passage first) {
    try {
      for (int copy = 0; copy < frame.copies(); copy++) {
        put(frame);
      }
      frame.prove();
      if (first != null) {
        frame.overtakenBy(first);
      }
    } catch (PeerBrokenException e) {
      // It is lost with its receiver.
    } finally {
      OpenTrouble holder = frame.holder();
      if (holder != null) {
        holder.released(frame, first != null);
      }
    }
  }

  // The rest is as it is.

  @Override
  public void damaged(
      String peer, FrameHeader header, MemorySegment payload, MemorySegment digested)
      throws PeerBrokenException {
    wire.damaged(peer, header, payload, digested);
  }

  @Override
  public String node() {
    return wire.node();
  }

  @Override
  public BlockDigests digests(String peer, long epoch, long version, Duration patience)
      throws TransferException {
    return wire.digests(peer, epoch, version, patience);
  }

  @Override
  public Digest root(String peer, long epoch, long version, Duration patience)
      throws TransferException {
    return wire.root(peer, epoch, version, patience);
  }

  @Override
  public long[] nodes(String peer, long epoch, long version, Ask ask, Duration patience)
      throws TransferException {
    return wire.nodes(peer, epoch, version, ask, patience);
  }

  @Override
  public void blocks(
      String peer, long epoch, long version, int[] blocks, BlockSink sink, Duration patience)
      throws TransferException {
    wire.blocks(peer, epoch, version, blocks, sink, patience);
  }

  @Override
  public void serve(Donor donor) {
    wire.serve(donor);
  }

  @Override
  public void fence(long epoch) {
    wire.fence(epoch);
  }

  @Override
  public void breakOff() {
    late.shutdownNow();
    wire.breakOff();
  }

  @Override
  public void close() {
    late.shutdownNow();
    wire.close();
  }
}
