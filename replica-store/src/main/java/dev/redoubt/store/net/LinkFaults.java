package dev.redoubt.store.net;

import java.lang.foreign.MemorySegment;
import java.time.Duration;

/**
 * A hand on the network, for injectors of faults: decides what becomes of each gradient and piece
 * that has come over a link, and may change its bytes before they are verified. Without one in the
 * {@link NetOptions} nothing is asked.
 *
 * <p>It works on whole frames at the receiving end. Bytes of a TCP connection are never lost one by
 * one: a network that loses packets is seen as delay, and one that is cut as silence, for which
 * there are {@link NettyEndpoint#hear} and {@link NettyEndpoint#limit}.
 */
@FunctionalInterface
public interface LinkFaults {

  /**
   * What becomes of a frame.
   *
   * @param copies how often it is delivered: 0 is lost, 2 is duplicated
   * @param delay before it is; frames behind it are not held up, so a delayed one is overtaken
   */
  record Fate(int copies, Duration delay) {

    /** As if there were no fault. */
    public static final Fate DELIVERED = new Fate(1, Duration.ZERO);

    /** It never arrives. */
    public static final Fate LOST = new Fate(0, Duration.ZERO);

    /** Checks that there is such a fate. */
    public Fate {
      if (copies < 0 || copies > 2 || delay.isNegative()) {
        throw new IllegalArgumentException(
            "a frame is delivered 0 to 2 times, later or now, not %d times after %s"
                .formatted(copies, delay));
      }
    }
  }

  /**
   * A frame has come. Called on an event loop, which must not wait.
   *
   * @param wire writable: the header, then the payload
   */
  Fate arrived(String from, String to, MemorySegment wire);
}
