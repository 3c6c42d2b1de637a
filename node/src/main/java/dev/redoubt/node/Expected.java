package dev.redoubt.node;

import dev.redoubt.core.WorkerEffect;

/**
 * Which step a worker may begin before it is ordered: the one after that which it updates, until
 * something else is ordered. Written by whoever hears the orders, read by the compute thread.
 */
final class Expected {

  private static final long NONE = -1;

  private volatile long step = NONE;

  /** Whether the order for it has come: what is queued behind it is no reason to give it up. */
  private boolean come;

  /** The machine is about to be told this. */
  void ordered(WorkerEffect effect) {
    switch (effect) {
      case WorkerEffect.Update update -> {
        step = update.step() + 1;
        come = false;
      }
      case WorkerEffect.Compute compute -> {
        come = compute.step() == step;
        step = come ? step : NONE;
      }
      case WorkerEffect.StartAudit ignored -> step = come ? step : NONE;
      case WorkerEffect.Publish ignored -> {}
      case WorkerEffect.DropFrame ignored -> {}
      case WorkerEffect.PullGuest ignored -> {}
      // The training does not wait for a disk, nor for what is copied to go there.
      case WorkerEffect.Keep ignored -> {}
      case WorkerEffect.Tell ignored -> {}
      case WorkerEffect.Refuse ignored -> {}
      case WorkerEffect.Abandon ignored -> step = NONE;
      case WorkerEffect.Initialise ignored -> step = NONE;
      case WorkerEffect.Verify ignored -> step = NONE;
      case WorkerEffect.StartPull ignored -> step = NONE;
      case WorkerEffect.StartReplay ignored -> step = NONE;
      case WorkerEffect.StartTrace ignored -> step = NONE;
      case WorkerEffect.ReadFinal ignored -> step = NONE;
      case WorkerEffect.Leave ignored -> step = NONE;
    }
  }

  boolean is(long next) {
    return step == next;
  }
}
