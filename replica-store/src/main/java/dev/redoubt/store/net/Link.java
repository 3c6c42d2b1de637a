package dev.redoubt.store.net;

import dev.redoubt.store.PeerBrokenException;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * This end's link to one peer: at most one connection at a time, for both directions. Of two
 * endpoints the one whose name comes first dials, so that they never dial each other at once, and
 * dials again while the other is a member.
 *
 * <p>Who wants to send waits for the first connection, unless nobody listens there. Once a
 * connection broke, sending fails at once until there is a new one.
 */
final class Link {

  private final NettyEndpoint endpoint;
  private final String peer;
  private final boolean dials;
  private @Nullable InetSocketAddress address;
  private @Nullable Connection up;
  private boolean fresh;
  private boolean dialling;
  private long incarnation = Long.MIN_VALUE;
  private Duration pause;
  private boolean deaf;
  private long bytesPerSecond;

  Link(NettyEndpoint endpoint, String peer) {
    this.endpoint = endpoint;
    this.peer = peer;
    this.dials = endpoint.node().compareTo(peer) < 0;
    this.pause = endpoint.options().timing().retryFirst();
  }

  /** The peer is a member at this address, or with null no member any more. */
  void moved(@Nullable InetSocketAddress to) {
    Connection former;
    synchronized (this) {
      address = to;
      former = up;
      fresh = to != null;
      pause = endpoint.options().timing().retryFirst();
      notifyAll();
    }
    if (former != null) {
      former.close();
    } else {
      dial();
    }
  }

  /**
   * The connection; waits for the first one.
   *
   * @throws PeerBrokenException if there is none
   */
  synchronized Connection await(Duration patience) throws PeerBrokenException {
    long deadline = System.nanoTime() + patience.toNanos();
    try {
      while (up == null && fresh && !endpoint.isBroken()) {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
          fresh = false;
        } else {
          wait(millis);
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new PeerBrokenException(peer, "interrupted while it was dialled");
    }
    Connection now = up;
    if (now == null || endpoint.isBroken()) {
      throw new PeerBrokenException(
          peer, endpoint.isBroken() ? "this end broke off" : "it is not there");
    }
    return now;
  }

  private void dial() {
    InetSocketAddress to;
    synchronized (this) {
      to = address;
      if (!dials || to == null || up != null || dialling || endpoint.isBroken()) {
        return;
      }
      dialling = true;
    }
    endpoint.dial(peer, to);
  }

  /**
   * An attempt to reach the peer came to nothing.
   *
   * @param nobodyThere nobody listens; else somebody does, who may not know yet that this end is a
   *     member, and whoever wants to send goes on waiting for the first connection
   */
  void failed(boolean nobodyThere) {
    Duration wait;
    synchronized (this) {
      dialling = false;
      fresh &= !nobodyThere;
      notifyAll();
      wait = pause;
      Duration twice = pause.multipliedBy(2);
      Duration last = endpoint.options().timing().retryLast();
      pause = twice.compareTo(last) < 0 ? twice : last;
    }
    dialLater(wait);
  }

  private void dialLater(Duration wait) {
    if (dials && !endpoint.isBroken()) {
      endpoint.fabric().transport().later(wait, this::dial);
    }
  }

  /** Refuses a caller that is older than one that was here. */
  synchronized void check(Identity caller) {
    if (address == null) {
      throw new RefusedException(
          Refusal.UNKNOWN_NAME, "'%s' is no member".formatted(caller.node()));
    }
    if (caller.incarnation() < incarnation) {
      throw new RefusedException(
          Refusal.OLD_INCARNATION,
          "incarnation %d of '%s' comes after %d"
              .formatted(caller.incarnation(), caller.node(), incarnation));
    }
  }

  /**
   * A connection is up. One that was there before is of the same peer, and broke unseen. News are
   * told under the lock, so that they come in the order in which things happened.
   */
  void linked(Connection next) {
    Connection former;
    synchronized (this) {
      check(next.peer());
      former = up;
      if (former != null) {
        endpoint.tellBroken(former);
      }
      up = next;
      incarnation = next.peer().incarnation();
      dialling = false;
      fresh = false;
      pause = endpoint.options().timing().retryFirst();
      endpoint.tellLinked(next);
      if (bytesPerSecond > 0) {
        next.limit(bytesPerSecond);
      }
      notifyAll();
    }
    if (former != null) {
      former.close();
    }
  }

  /** A connection is gone. */
  void lost(Connection gone) {
    synchronized (this) {
      boolean isUp = gone.equals(up);
      if (isUp) {
        up = null;
      }
      endpoint.tellBroken(gone);
      if (!isUp) {
        return;
      }
    }
    dialLater(endpoint.options().timing().retryFirst());
  }

  /** Hears the peer no more, or again. */
  synchronized void hear(boolean isHeard) {
    deaf = !isHeard;
    if (up != null) {
      up.hear(isHeard);
    }
  }

  synchronized boolean isDeaf() {
    return deaf;
  }

  /** Hears no more bytes a second; 0 for any number. */
  synchronized void limit(long bytes) {
    bytesPerSecond = bytes;
    if (up != null) {
      up.limit(bytes);
    }
  }

  synchronized @Nullable Connection up() {
    return up;
  }

  /** This end broke off. */
  synchronized void wake() {
    notifyAll();
  }
}
