package dev.redoubt.core;

import dev.redoubt.core.WorkerState.Activity;
import org.jspecify.annotations.Nullable;

/** Which partial sums a worker takes. */
final class Frames {

  private Frames() {}

  /** What speaks against it: it is dropped then. Null if nothing does. */
  static @Nullable String flaw(WorkerState state, WorkerEvent.FrameArrived event) {
    Assignment assignment = state.assignment();
    if (assignment == null || event.epoch() != state.epoch()) {
      return "epoch " + event.epoch() + " is not epoch " + state.epoch();
    }
    if (state.arrivedAt(event.step()).contains(event.span())) {
      return "it is here already";
    }
    Rank sender = assignment.rankOf(event.sender()).orElse(null);
    String flaw =
        sender == null
            ? ofStandIn(state, assignment, event)
            : ofRank(state, assignment, sender, event);
    return flaw != null ? flaw : ofStep(state, event);
  }

  private static @Nullable String ofRank(
      WorkerState state, Assignment assignment, Rank sender, WorkerEvent.FrameArrived event) {
    if (!assignment.spans(sender.pod()).contains(event.span())) {
      return event.span() + " is not the sender's to send";
    }
    return assignment.peersOf(state.self()).contains(event.sender())
        ? null
        : "the sender holds another shard";
  }

  /**
   * Who has no rank stands in for somebody who is late, maybe for this worker. The sum that came
   * first counts.
   */
  private static @Nullable String ofStandIn(
      WorkerState state, Assignment assignment, WorkerEvent.FrameArrived event) {
    if (!state.config().patience().on() || !assignment.spans().contains(event.span())) {
      return event.span() + " is not the sender's to send";
    }
    boolean computed =
        state.activity() instanceof Activity.Reducing busy
            && busy.order().step() == event.step()
            && busy.computed().containsKey(event.span());
    return computed ? "it was computed here already" : null;
  }

  /** Frames of the next step may come before its order. */
  private static @Nullable String ofStep(WorkerState state, WorkerEvent.FrameArrived event) {
    // The step under way, or the last one that is done.
    long current =
        state.activity() instanceof Activity.Reducing busy ? busy.order().step() : state.position();
    return event.step() < current || event.step() > current + 1
        ? "step " + event.step() + " is not step " + current + " nor the next"
        : null;
  }
}
