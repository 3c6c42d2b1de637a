package dev.redoubt.node.process;

import dev.redoubt.node.RunListener;
import dev.redoubt.store.net.FabricCounters;

/**
 * Measures a member inside its own process, beside what that reports to its supervisor: whoever
 * scrapes it hears from the member itself, and hears nothing when it stands still.
 */
public interface Meter extends RunListener {

  /** The port of the member's host at which it is scraped. */
  int port();

  /** The member's end of the fabric is open. */
  void opened(FabricCounters fabric);

  /** Whether the member belongs to the cluster, from now on. */
  void belongs(boolean now);
}
