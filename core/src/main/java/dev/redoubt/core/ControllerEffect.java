package dev.redoubt.core;

/** What the controller's shell has to do. */
public sealed interface ControllerEffect {

  /** Say it to a worker; if it cannot be delivered it is lost. */
  record Send(WorkerId worker, Message.ToWorker message) implements ControllerEffect {}

  /** Take a worker out of the cluster's membership. */
  record Expel(WorkerId worker, String reason) implements ControllerEffect {}

  /** Write it into the journal. */
  record Write(Note note) implements ControllerEffect {}

  /**
   * This controller was replaced, and does nothing any more: no verdict of the run. Should it still
   * be the one that is meant to reign, start another one with a new incarnation.
   */
  record StandDown(String reason) implements ControllerEffect {}

  /** The run is over. */
  record Conclude(Verdict verdict) implements ControllerEffect {}
}
