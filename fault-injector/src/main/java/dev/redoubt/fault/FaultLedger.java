package dev.redoubt.fault;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Hands out each fault of a run once, and collects the strikes. Shared by all workers of the run,
 * on any thread.
 *
 * <p>A fault belongs to a rank and a step, and both come again: the step is redone, the rank goes
 * to a spare. Were the injectors to remember for themselves, a replacement would be struck like the
 * worker it replaces, for ever.
 */
public final class FaultLedger implements FaultDesk {

  private FaultPlan plan;
  private final List<Fault> added = new ArrayList<>();
  private Consumer<Fault> follower = fault -> {};
  private final Set<String> claimed = new HashSet<>();
  private final List<Strike> strikes = new ArrayList<>();

  /** A ledger in which nothing struck yet. */
  public FaultLedger(FaultPlan plan) {
    this.plan = plan;
  }

  @Override
  public synchronized FaultPlan plan() {
    return plan;
  }

  /**
   * Adds a fault to an open plan.
   *
   * @throws IllegalStateException if the plan is not open
   */
  public synchronized void add(Fault fault) {
    plan = plan.with(fault);
    added.add(fault);
    follower.accept(fault);
  }

  /** What was added so far. */
  public synchronized List<Fault> added() {
    return List.copyOf(added);
  }

  /** Who hears of faults that are added from now on; must not block. */
  public synchronized void follow(Consumer<Fault> listener) {
    follower = listener;
  }

  @Override
  public synchronized boolean claim(Fault fault) {
    if (!plan.faults().contains(fault)) {
      throw new IllegalArgumentException("fault '" + fault.id() + "' is not in the plan");
    }
    return claimed.add(fault.id());
  }

  @Override
  public synchronized void record(Strike strike) {
    if (!claimed.contains(strike.faultId())) {
      throw new IllegalStateException("nobody claimed fault '" + strike.faultId() + "'");
    }
    if (strikes.stream().anyMatch(known -> known.faultId().equals(strike.faultId()))) {
      throw new IllegalStateException("fault '" + strike.faultId() + "' struck already");
    }
    strikes.add(strike);
  }

  @Override
  public synchronized Map<String, Long> defects(String node) {
    Map<String, Long> defects = new TreeMap<>();
    for (Strike strike : strikes) {
      boolean before = !strike.node().equals(node) && machine(strike.node()).equals(machine(node));
      if (before && strike.kind().equals(DefectiveCore.KIND)) {
        defects.put(strike.faultId(), strike.step());
      }
    }
    return defects;
  }

  /** A machine that is back has the same name, and an incarnation after a tilde. */
  private static String machine(String node) {
    int tilde = node.indexOf('~');
    return tilde < 0 ? node : node.substring(0, tilde);
  }

  /** The strikes so far, in the order in which they were written down. */
  public synchronized List<Strike> strikes() {
    return List.copyOf(strikes);
  }

  /** The faults of the plan that are not proved to have struck, claimed or not. */
  public synchronized List<Fault> unproven() {
    return plan.faults().stream()
        .filter(fault -> strikes.stream().noneMatch(strike -> strike.faultId().equals(fault.id())))
        .toList();
  }
}
