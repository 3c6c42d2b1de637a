package dev.redoubt.node;

import akka.actor.typed.ActorRef;
import dev.redoubt.core.Message;
import dev.redoubt.core.WorkerId;

/** What travels between the actors of controller and workers. */
sealed interface Wire {

  /** To a worker's actor. */
  record ToWorker(Message.ToWorker order) implements Wire, WorkerActor.Input {}

  /** To a worker's actor: it has no rank; said again and again. */
  record Idle() implements Wire, WorkerActor.Input {}

  /** To a worker's actor: its machine is struck by a fault that was claimed for it. */
  record Struck(String fault, long step) implements Wire, WorkerActor.Input {}

  /** To the controller: I am here, and this is where I listen. */
  record Hello(WorkerId worker, ActorRef<WorkerActor.Input> actor)
      implements Wire, ControllerActor.Input {}

  /** To the controller. */
  record ToController(Message.ToController message) implements Wire, ControllerActor.Input {}
}
