package dev.redoubt.node;

import dev.redoubt.core.WorkerId;
import dev.redoubt.fault.Crash;

/** The hands of the fault injector that reach beyond a worker's own memory. */
interface Strikes {

  /** Kills the machine of {@code worker} at once; nothing of it answers any more. */
  void crash(WorkerId worker, Crash fault, long step);
}
