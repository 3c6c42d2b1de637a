package dev.redoubt.node;

import dev.redoubt.fault.NetworkFault;
import dev.redoubt.fault.Partition.Direction;
import dev.redoubt.fault.Share;
import dev.redoubt.fault.Strike;
import dev.redoubt.fault.Trouble;
import dev.redoubt.store.FrameHeader;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A fault of the network that has begun: which frames it strikes, how many it did, the proof. */
final class OpenTrouble {

  private final NetworkFault fault;
  private final long since;
  private final Troubles troubles;
  private final long beganAt = System.nanoTime();

  /** Frames that could have been struck. */
  private long seen;

  private int hits;
  private long bytes;
  private boolean proved;

  /** The last frame that was damaged, which goes to several receivers. */
  private @Nullable FrameHeader damaged;

  /** A slow link is free again then, for frames of that epoch. */
  private long freeAt = beganAt;

  private long freeIn;

  /** Where a frame is held until another has overtaken it. */
  private final Set<String> holds = new HashSet<>();

  OpenTrouble(NetworkFault fault, long since, Troubles troubles) {
    this.fault = fault;
    this.since = since;
    this.troubles = troubles;
  }

  NetworkFault fault() {
    return fault;
  }

  /** The step in which it began. */
  long since() {
    return since;
  }

  /** A frame is about to leave. */
  void meet(Passage frame) {
    if (frame.header().step() - since >= fault.trouble().steps()) {
      end();
      return;
    }
    switch (fault.trouble()) {
      case Trouble.CorruptFrame corrupt -> {
        if (damages(frame, corrupt)) {
          frame.damage(this, corrupt);
        }
      }
      case Trouble.Loss loss -> {
        if (takes(frame, loss.share())) {
          frame.lose(this);
        }
      }
      case Trouble.Duplicate twice -> {
        if (takes(frame, twice.share())) {
          frame.duplicate(this);
        }
      }
      case Trouble.Reorder reorder -> {
        if (holds(frame, reorder.share())) {
          frame.hold(this);
        }
      }
      case Trouble.Delay delay -> {
        hit(frame.bytes());
        frame.delay(this, delay.length().toNanos());
      }
      case Trouble.SlowLink slow -> {
        hit(frame.bytes());
        frame.delay(this, queued(frame, slow.bytesPerSecond()));
      }
      case Trouble.CutFrames cut -> {
        if (cuts(cut.direction(), Direction.OUT, cut.length())) {
          hit(frame.bytes());
          frame.lose(this);
        }
      }
      case Trouble.CutControl ignored -> {}
    }
  }

  /** A damaged frame that goes to several receivers counts once. */
  private synchronized boolean damages(Passage frame, Trouble.CorruptFrame corrupt) {
    if (frame.header().equals(damaged)) {
      return corrupt.receivers() == Trouble.Receivers.ALL;
    }
    if (hits >= corrupt.frames()) {
      end();
      return false;
    }
    damaged = frame.header();
    hit(frame.bytes());
    return true;
  }

  private synchronized boolean takes(Passage frame, Share share) {
    if (hits >= share.count()) {
      end();
      return false;
    }
    boolean takes = share.takes(fault.id().hashCode(), seen++);
    if (takes) {
      hit(frame.bytes());
    }
    return takes;
  }

  /** One at a time for each receiver: the next one overtakes it. */
  private synchronized boolean holds(Passage frame, Share share) {
    return !holds.contains(frame.lane()) && takes(frame, share) && holds.add(frame.lane());
  }

  /** What it held has gone on; if nothing had overtaken it, it does not count. */
  synchronized void released(Passage frame, boolean overtaken) {
    holds.remove(frame.lane());
    if (!overtaken) {
      hits--;
      bytes -= frame.bytes();
    }
  }

  /** How long a frame waits until it is through: those of an older epoch are not sent any more. */
  private synchronized long queued(Passage frame, long bytesPerSecond) {
    long now = System.nanoTime();
    boolean anew = frame.header().epoch() != freeIn || freeAt - now < 0;
    freeIn = frame.header().epoch();
    freeAt = (anew ? now : freeAt) + (long) (frame.bytes() * 1e9 / bytesPerSecond);
    return freeAt - now;
  }

  /** Whether nothing passes that way now. */
  boolean cuts(Direction direction, Direction way, Duration length) {
    boolean over = System.nanoTime() - beganAt >= length.toNanos();
    if (over) {
      end();
    }
    return !over && (direction == Direction.BOTH || direction == way);
  }

  synchronized void hit(long itsBytes) {
    hits++;
    bytes += itsBytes;
  }

  /** What was seen to have happened; the first time counts. */
  void prove(long step, String what) {
    prove(step, what, null);
  }

  /** As above, with bits of a float before and after. */
  void prove(long step, String what, Strike.@Nullable Change<Integer> bits) {
    synchronized (this) {
      if (proved) {
        return;
      }
      proved = true;
    }
    String node = troubles.id().name();
    troubles.proved(beganAt, new Strike(fault.id(), fault.kind(), node, step, what, bits, null));
  }

  private void end() {
    String what;
    synchronized (this) {
      String size = bytes == 0 ? "" : ", " + bytes + " bytes";
      what = "%s is over; it struck %d times%s".formatted(fault.id(), hits, size);
    }
    troubles.healed(this, what);
  }
}
