package dev.redoubt.fault;

import java.util.Map;

/**
 * Where the injectors of a run ask whether a fault is still to be had, and where its proof goes.
 * There is one {@link FaultLedger} in a run; in a process of its own a machine asks for it over a
 * pipe.
 */
public interface FaultDesk {

  /** What is to go wrong. */
  FaultPlan plan();

  /**
   * Takes a fault to strike with: true for exactly one caller in the run.
   *
   * @throws IllegalArgumentException if the plan has no such fault
   */
  boolean claim(Fault fault);

  /**
   * Defective cores that a machine was seen to have before it came back under its present name: the
   * step in which each struck first, by the fault's id.
   *
   * @param node the present name
   */
  Map<String, Long> defects(String node);

  /**
   * Writes down that a claimed fault struck.
   *
   * @throws IllegalStateException if nobody claimed the fault, or if it struck already
   */
  void record(Strike strike);
}
