package dev.redoubt.fault;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Everything that is to go wrong in a run.
 *
 * @param faults with ids that differ
 * @param guarded so many of them, the last ones, are held back while the run is too weak for them
 * @param keepPods how many whole pods there must be for one of these to strike
 * @param open whether more may be asked for while the run goes
 */
public record FaultPlan(List<Fault> faults, int guarded, int keepPods, boolean open) {

  /** A plan to which nothing is added. */
  public FaultPlan(List<Fault> faults, int guarded, int keepPods) {
    this(faults, guarded, keepPods, false);
  }

  /** A plan of which nothing is held back. */
  public FaultPlan(List<Fault> faults) {
    this(faults, 0, 0);
  }

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
    if (guarded < 0 || guarded > faults.size()) {
      throw new IllegalArgumentException(
          "0 to " + faults.size() + " faults can be held back, not " + guarded);
    }
  }

  /** The same plan, to which more may be added. */
  public FaultPlan opened() {
    return new FaultPlan(faults, guarded, keepPods, true);
  }

  /**
   * The plan with one fault more, which is not held back.
   *
   * @throws IllegalStateException if the plan is not open
   * @throws IllegalArgumentException if a fault has that id already
   */
  public FaultPlan with(Fault more) {
    if (!open) {
      throw new IllegalStateException("nothing is added to this plan, and so no " + more.id());
    }
    List<Fault> all = new ArrayList<>(faults);
    all.add(faults.size() - guarded, more);
    return new FaultPlan(all, guarded, keepPods, true);
  }

  /** The plan without a fault that is not held back. */
  public FaultPlan without(Fault done) {
    return new FaultPlan(
        faults.stream().filter(fault -> !fault.equals(done)).toList(), guarded, keepPods, open);
  }

  /**
   * Whether a fault may strike now.
   *
   * @param pods that are whole
   * @param controllers that live and are members
   */
  public boolean allows(Fault fault, int pods, int controllers) {
    boolean isGuarded = faults.indexOf(fault) >= faults.size() - guarded;
    return !isGuarded
        || keepPods == 0
        || (pods >= keepPods && (controllers > 1 || !(fault.target() instanceof TheController)));
  }
}
