package dev.redoubt.store.net;

import java.time.Duration;

/**
 * When a link is heard, missed and given up. One figure is chosen, the others follow from it.
 *
 * <p>None of them is how a dead process is noticed: its operating system closes the connection, and
 * that is seen at once. They are for the cases in which nothing says anything.
 *
 * @param heartbeat how often an idle end says that it is there
 */
public record LinkTiming(Duration heartbeat) {

  private static final int SILENT_BEATS = 5;
  private static final int DEAD_BEATS = 50;
  private static final int HELLO_BEATS = 25;
  private static final int RETRY_DIVISOR = 8;

  /** Checks that it is positive. */
  public LinkTiming {
    if (heartbeat.toMillis() < 1) {
      throw new IllegalArgumentException("a heartbeat takes at least 1 ms, not " + heartbeat);
    }
  }

  /** 200 ms: silent after 1 s, given up after 10 s, a hello within 5 s. */
  public static LinkTiming defaults() {
    return new LinkTiming(Duration.ofMillis(200));
  }

  /** Without a sign of life for so long, a peer is reported silent: it hangs, or is cut off. */
  public Duration silentAfter() {
    return heartbeat.multipliedBy(SILENT_BEATS);
  }

  /** Without a sign of life for so long, a connection is closed. */
  public Duration deadAfter() {
    return heartbeat.multipliedBy(DEAD_BEATS);
  }

  /** Within this time a connection has to be made, and who made it has to say who it is. */
  public Duration helloWithin() {
    return heartbeat.multipliedBy(HELLO_BEATS);
  }

  /** A version is held for a peer that takes its blocks for no longer than this. */
  public Duration leaseAtMost() {
    return deadAfter().dividedBy(2);
  }

  /** The first pause before a peer is dialled again; each further one is twice as long. */
  public Duration retryFirst() {
    return heartbeat.dividedBy(RETRY_DIVISOR).plusMillis(1);
  }

  /** The longest pause before a peer is dialled again. */
  public Duration retryLast() {
    return silentAfter();
  }
}
