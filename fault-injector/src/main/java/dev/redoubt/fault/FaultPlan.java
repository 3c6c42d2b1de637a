package dev.redoubt.fault;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Everything that is to go wrong in a run.
 *
 * @param faults with ids that differ
 */
public record FaultPlan(List<Fault> faults) {

  /** Copies the list and checks the ids. */
  public FaultPlan {
    faults = List.copyOf(faults);
    Set<String> ids = new HashSet<>();
    for (Fault fault : faults) {
      if (fault.id().isBlank() || !ids.add(fault.id())) {
        throw new IllegalArgumentException(
            "each fault needs an id of its own, not '" + fault.id() + "' again or blank");
      }
    }
  }

  /** Whether anything in it cuts the network. */
  public boolean cutsTheNetwork() {
    return faults.stream().anyMatch(Partition.class::isInstance);
  }
}
