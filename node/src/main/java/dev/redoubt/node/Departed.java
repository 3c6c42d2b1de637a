package dev.redoubt.node;

import dev.redoubt.core.WorkerId;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Workers that the cluster has taken off since a member joined it. A controller that begins to act
 * on that member hears of later departures only.
 */
final class Departed {

  private final Set<WorkerId> workers = ConcurrentHashMap.newKeySet();

  void add(String member) {
    if (RunSpec.role(member) == Role.WORKER) {
      workers.add(new WorkerId(member));
    }
  }

  Set<WorkerId> workers() {
    return Set.copyOf(workers);
  }
}
