package dev.redoubt.store.net;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What one end may still send of frames or of pieces, so that the other end's inbox never holds
 * more than it granted. The other end says how much it has taken out so far, in total, so that a
 * credit that is said twice does no harm.
 *
 * <p>One frame may always be under way, however large.
 */
final class Window {

  private final int framesMax;
  private final long bytesMax;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private long framesSent;
  private long bytesSent;
  private long framesTaken;
  private long bytesTaken;
  private boolean closed;

  Window(int framesMax, long bytesMax) {
    this.framesMax = framesMax;
    this.bytesMax = bytesMax;
  }

  /** Whether one more fits beside {@code frames} frames of {@code bytes} that wait. */
  static boolean fits(long frames, long bytes, long more, int framesMax, long bytesMax) {
    return frames == 0 || (frames < framesMax && bytes + more <= bytesMax);
  }

  /** Takes room for a frame; false if there is none now, or if it is closed. */
  boolean tryTake(long bytes) {
    lock.lock();
    try {
      boolean room = !closed && hasRoom(bytes);
      if (room) {
        framesSent++;
        bytesSent += bytes;
      }
      return room;
    } finally {
      lock.unlock();
    }
  }

  private boolean hasRoom(long bytes) {
    return fits(framesSent - framesTaken, bytesSent - bytesTaken, bytes, framesMax, bytesMax);
  }

  /**
   * Takes room for a frame and waits for it.
   *
   * @return false if there was none in time, or if it was closed
   */
  boolean take(long bytes, long deadlineNanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed && !hasRoom(bytes)) {
        long left = deadlineNanos - System.nanoTime();
        if (left <= 0 || (changed.awaitNanos(left) <= 0 && !hasRoom(bytes))) {
          return false;
        }
      }
      return tryTake(bytes);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The other end has taken so much in total.
   *
   * @throws RefusedException if that is more than was sent, or less than it said before
   */
  void taken(long frames, long bytes) {
    lock.lock();
    try {
      boolean sensible = frames >= framesTaken && frames <= framesSent;
      if (!sensible || bytes < bytesTaken || bytes > bytesSent) {
        throw new RefusedException(
            Refusal.OUT_OF_PLACE,
            "it says it has taken %d frames of %d bytes; %d of %d were sent"
                .formatted(frames, bytes, framesSent, bytesSent));
      }
      framesTaken = frames;
      bytesTaken = bytes;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The other side of it: what has come in, and what of it was taken out. */
  static final class Inward {

    private final int framesMax;
    private final long bytesMax;
    private long framesIn;
    private long bytesIn;
    private long framesTaken;
    private long bytesTaken;
    private long framesSaid;
    private long bytesSaid;

    Inward(int framesMax, long bytesMax) {
      this.framesMax = framesMax;
      this.bytesMax = bytesMax;
    }

    /** One more comes in; false if that is more than was granted. */
    synchronized boolean admit(long bytes) {
      boolean room = fits(framesIn - framesTaken, bytesIn - bytesTaken, bytes, framesMax, bytesMax);
      if (room) {
        framesIn++;
        bytesIn += bytes;
      }
      return room;
    }

    /** One was taken out; returns whether it is time to say so: a quarter of the room is unsaid. */
    synchronized boolean take(long bytes) {
      framesTaken++;
      bytesTaken += bytes;
      return framesTaken - framesSaid >= Math.max(1, framesMax / 4)
          || bytesTaken - bytesSaid >= bytesMax / 4;
    }

    /** The totals taken out, which are said with this. */
    synchronized Totals say() {
      framesSaid = framesTaken;
      bytesSaid = bytesTaken;
      return new Totals(framesTaken, bytesTaken);
    }
  }

  /** In total, since the connection was made. */
  record Totals(long frames, long bytes) {}
}
