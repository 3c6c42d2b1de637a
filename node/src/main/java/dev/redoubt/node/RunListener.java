package dev.redoubt.node;

import dev.redoubt.core.Note;
import dev.redoubt.fault.Strike;
import java.net.InetSocketAddress;

/**
 * Hears what happens in a run, as it happens, one call at a time. Times are of {@link
 * System#nanoTime()}, so that they can be subtracted from each other.
 */
public interface RunListener {

  /** The controller decided something. */
  void note(long nanos, Note note);

  /** A fault struck. */
  void struck(long nanos, Strike strike);

  /** A worker did not act upon something: a stale epoch, most often. */
  void refused(long nanos, String worker, String what, String reason);

  /**
   * A worker has measured a step that it did; whether the step is committed is another question.
   */
  void measured(long nanos, StepMeasure measure);

  /**
   * A worker has computed a microbatch of a step that may be ordered next. Beside other calls, so
   * that whoever holds one up can wait for it; heard in mode {@code local} only.
   */
  default void ahead(long nanos, String worker, long step) {}

  /** How many workers are in the run. */
  void members(int alive);

  /** From now on the controller is on this member. */
  default void acting(long nanos, String node) {}

  /**
   * Something happened to a member as a machine: it was started, it ended, it was stopped.
   *
   * @param kind in a few words with hyphens
   * @param what happened, for people
   */
  default void machine(long nanos, String node, String kind, String what) {}

  /** A member's own metrics can be scraped there, until it is {@link #gone}. */
  default void serves(String node, InetSocketAddress address) {}

  /** Nothing of a member is left. */
  default void gone(String node) {}
}
