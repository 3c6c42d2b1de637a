package dev.redoubt.store;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be delivered at an endpoint: frames, up to a limit at which senders wait; pieces of
 * collectives, which go before them, up to a limit at which they are refused; and notices about
 * peers, such as that one broke off, which go first and have no limit but the number of peers.
 */
final class Inbox {

  /** What the delivery thread takes out: one of the two. */
  record Item(@Nullable WireFrame frame, @Nullable Consumer<Receiver> notice) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<WireFrame> frames = new ArrayDeque<>();
  private final Deque<WireFrame> pieces = new ArrayDeque<>();
  private final Deque<Consumer<Receiver>> notices = new ArrayDeque<>();
  private final int limit;
  private final int pieceLimit;
  private boolean closed;

  Inbox(int limit, int pieceLimit) {
    this.limit = limit;
    this.pieceLimit = pieceLimit;
  }

  /** Puts a frame in; returns null, or why it could not. */
  @Nullable String put(WireFrame frame, Duration patience) {
    long nanos = patience.toNanos();
    lock.lock();
    try {
      while (!closed && !frame.sender().isBroken() && frames.size() >= limit) {
        if (nanos <= 0) {
          return "its inbox of %d frames stayed full for %s".formatted(limit, patience);
        }
        nanos = changed.awaitNanos(nanos);
      }
      if (closed || frame.sender().isBroken()) {
        return closed ? "it broke off" : "this end broke off";
      }
      frames.add(frame);
      changed.signalAll();
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted while its inbox was full";
    } finally {
      lock.unlock();
    }
  }

  /** Puts a piece in without waiting; returns null, or why it could not. */
  @Nullable String putPiece(WireFrame piece) {
    lock.lock();
    try {
      if (closed || piece.sender().isBroken()) {
        return closed ? "it broke off" : "this end broke off";
      }
      if (pieces.size() >= pieceLimit) {
        return "its inbox of %d pieces is full".formatted(pieceLimit);
      }
      pieces.add(piece);
      changed.signalAll();
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Puts in a frame or a piece that the caller has made room for; false if closed. */
  boolean admit(WireFrame frame, boolean isPiece) {
    lock.lock();
    try {
      if (!closed) {
        (isPiece ? pieces : frames).add(frame);
        changed.signalAll();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** Puts in news of a peer, and wakes that peer if it waits here to send and broke off. */
  void notice(Consumer<Receiver> notice) {
    lock.lock();
    try {
      notices.add(notice);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the next item; null once the inbox is closed. */
  @Nullable Item take() {
    lock.lock();
    try {
      while (!closed && frames.isEmpty() && pieces.isEmpty() && notices.isEmpty()) {
        changed.awaitUninterruptibly();
      }
      if (closed) {
        return null;
      }
      Consumer<Receiver> notice = notices.poll();
      WireFrame frame = notice != null ? null : pieces.isEmpty() ? frames.poll() : pieces.poll();
      Item item = new Item(frame, notice);
      changed.signalAll();
      return item;
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      frames.clear();
      pieces.clear();
      notices.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
