package dev.redoubt.store;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What came in a frame, in a buffer of the fabric. It is the receiver's during the call that brings
 * it, and longer if it is {@link #keep kept}: so what has arrived and was verified need not be
 * copied once more. The price is the receiver's to bound: a buffer that is kept and never given
 * back is lost to the fabric.
 */
public final class Payload {

  private enum State {
    LENT,
    KEPT,
    GIVEN_BACK
  }

  private final MemorySegment bytes;
  private final Runnable giveBack;
  private final AtomicReference<State> state = new AtomicReference<>(State.LENT);

  /**
   * Lent for one call.
   *
   * @param bytes read-only; they begin at a multiple of 8 bytes
   * @param giveBack run once, when nobody reads them any more
   */
  public Payload(MemorySegment bytes, Runnable giveBack) {
    this.bytes = bytes;
    this.giveBack = giveBack;
  }

  /** Read-only; it begins at a multiple of 8 bytes. */
  public MemorySegment bytes() {
    return bytes;
  }

  /**
   * From now on it is the caller's until {@link #giveBack}. Only during the call that brings it.
   *
   * @throws IllegalStateException if it is kept already, or was given back
   */
  public void keep() {
    move(State.LENT, State.KEPT);
  }

  /** Whether it was kept, and not given back yet. */
  public boolean isKept() {
    return state.get() == State.KEPT;
  }

  /**
   * What was kept is not read any more. Any thread may say so, once.
   *
   * @throws IllegalStateException if it was not kept, or was given back
   */
  public void giveBack() {
    move(State.KEPT, State.GIVEN_BACK);
    giveBack.run();
  }

  /** The call that brought it is over: what was not kept is given back. */
  void ended() {
    if (state.compareAndSet(State.LENT, State.GIVEN_BACK)) {
      giveBack.run();
    }
  }

  private void move(State from, State to) {
    if (!state.compareAndSet(from, to)) {
      throw new IllegalStateException("a payload that is %s cannot be %s".formatted(state, to));
    }
  }
}
