package dev.redoubt.node;

import dev.redoubt.core.Note;
import dev.redoubt.fault.Strike;
import java.net.InetSocketAddress;

/** Lets one caller in at a time, and nobody once the run is being ended. */
public final class SerialListener implements RunListener {

  private final RunListener listener;
  private final Whereabouts whereabouts = new Whereabouts();
  private final Acting acting = new Acting();
  private boolean closed;

  /** Lets calls through to {@code listener}. */
  public SerialListener(RunListener listener) {
    this.listener = listener;
  }

  /** Who is where, by what has passed through here. */
  public Whereabouts whereabouts() {
    return whereabouts;
  }

  /** What the end of a run looks like to those that still live is no part of it. */
  public synchronized void close() {
    closed = true;
  }

  /**
   * One of several members that may believe itself the controller notes something. Of one that was
   * deposed it is kept as what it is, the word of a machine.
   *
   * @return whether it counts
   */
  public synchronized boolean noted(long nanos, String node, Note note) {
    boolean counts = acting.counts(node, note);
    if (counts) {
      note(nanos, note);
    } else {
      machine(nanos, node, "deposed", "was the controller and is no more; it notes " + note);
    }
    return counts;
  }

  /** Whether nobody has more right to speak as the controller than {@code node}. */
  public synchronized boolean isActing(String node) {
    return acting.isActing(node);
  }

  /** Whether nobody is the controller now. */
  public synchronized boolean isLeaderless() {
    return acting.isNobody();
  }

  /** Whether nobody is, and nobody has been since there were so many {@link #reigns}. */
  public synchronized boolean isLeaderlessSince(int reigns) {
    return acting.isNobody() && acting.reigns() == reigns;
  }

  /** How often somebody has become the controller. */
  public synchronized int reigns() {
    return acting.reigns();
  }

  /** If it was the controller, whoever speaks next as one is it. */
  @Override
  public synchronized void gone(String node) {
    acting.gone(node);
    if (!closed) {
      listener.gone(node);
    }
  }

  /** Not in turn: whoever holds up a note may wait for it. */
  @Override
  public void ahead(long nanos, String worker, long step) {
    listener.ahead(nanos, worker, step);
  }

  @Override
  public synchronized void note(long nanos, Note note) {
    if (!closed) {
      whereabouts.note(note);
      listener.note(nanos, note);
    }
  }

  @Override
  public synchronized void struck(long nanos, Strike strike) {
    if (!closed) {
      listener.struck(nanos, strike);
    }
  }

  @Override
  public synchronized void refused(long nanos, String worker, String what, String reason) {
    if (!closed) {
      listener.refused(nanos, worker, what, reason);
    }
  }

  @Override
  public synchronized void measured(long nanos, StepMeasure measure) {
    if (!closed) {
      listener.measured(nanos, measure);
    }
  }

  @Override
  public synchronized void members(int alive) {
    if (!closed) {
      listener.members(alive);
    }
  }

  @Override
  public synchronized void acting(long nanos, String node) {
    if (!closed) {
      whereabouts.acting(node);
      listener.acting(nanos, node);
    }
  }

  @Override
  public synchronized void machine(long nanos, String node, String kind, String what) {
    if (!closed) {
      listener.machine(nanos, node, kind, what);
    }
  }

  @Override
  public synchronized void serves(String node, InetSocketAddress address) {
    if (!closed) {
      listener.serves(node, address);
    }
  }
}
