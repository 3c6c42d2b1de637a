package dev.redoubt.node.process;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The machine of a member, as far as it can be broken from outside: a forked process, or a
 * container. What each call returns is the proof that it did what it says. All calls come from the
 * run's thread.
 */
public interface Hardware {

  /** What it is, for messages: "process 4711". */
  String name();

  /** The host name or address at which other members reach it. */
  String host();

  /**
   * Takes its power away, as if a plug were pulled, and waits until it is off.
   *
   * @return what proves that it is gone; null if it was gone before, or does not end
   */
  @Nullable String kill() throws InterruptedException;

  /**
   * Makes it stand still, with all that it has in memory.
   *
   * @return what proves it; null if it is gone, or moves on
   */
  @Nullable String stop() throws InterruptedException;

  /** Lets it go on; false if it is not there any more. */
  boolean resume() throws InterruptedException;

  /**
   * Makes it hear nothing that these hosts send from now on, and everything that others send.
   *
   * @param hosts of other members; empty for an undamaged network
   * @return false if only the member itself can do that
   */
  default boolean deafTo(Set<String> hosts) throws InterruptedException {
    return false;
  }

  /** Frees whatever is left of it; it may run or be gone. */
  void discard();
}
