package dev.redoubt.node;

import dev.redoubt.fault.Fault;

/** The hands of the fault injector that reach beyond a machine's own memory. */
public interface Strikes {

  /**
   * Strikes with a fault that was claimed, and sees to its proof. Called where it strikes, on a
   * thread of {@code node}; a node that is gone afterwards may not come back from the call.
   *
   * @param node whose thread comes with it: the victim, or one that strikes for the controller
   * @return whether {@code node} still runs
   */
  boolean strike(String node, Fault fault, long step);
}
