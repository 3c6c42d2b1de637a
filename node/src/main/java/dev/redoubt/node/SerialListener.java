package dev.redoubt.node;

import dev.redoubt.core.Note;
import dev.redoubt.fault.Strike;

/** Lets one caller in at a time. */
final class SerialListener implements RunListener {

  private final RunListener listener;

  SerialListener(RunListener listener) {
    this.listener = listener;
  }

  @Override
  public synchronized void note(long nanos, Note note) {
    listener.note(nanos, note);
  }

  @Override
  public synchronized void struck(long nanos, Strike strike) {
    listener.struck(nanos, strike);
  }

  @Override
  public synchronized void refused(long nanos, String worker, String what, String reason) {
    listener.refused(nanos, worker, what, reason);
  }

  @Override
  public synchronized void members(int alive) {
    listener.members(alive);
  }
}
