package dev.redoubt.core;

/** What the controller's machine is told. */
public sealed interface ControllerEvent {

  /** A worker said something. */
  record Received(Message.ToController message) implements ControllerEvent {}

  /** The cluster's membership has lost contact with a worker; it may only be slow. */
  record Unreachable(WorkerId worker) implements ControllerEvent {}

  /** The cluster's membership has removed a worker for good. */
  record Down(WorkerId worker) implements ControllerEvent {}

  /** Planned maintenance: whoever holds the rank is to leave when its step is done. */
  record Drain(Rank rank) implements ControllerEvent {}

  /** Time has passed. */
  record Tick() implements ControllerEvent {}
}
