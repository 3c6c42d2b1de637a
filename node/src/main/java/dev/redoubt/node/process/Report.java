package dev.redoubt.node.process;

import dev.redoubt.core.Note;
import dev.redoubt.core.Verdict;
import dev.redoubt.fault.Strike;
import dev.redoubt.node.StepMeasure;

/**
 * What a member's process says to its supervisor, a JSON object on a line each. Times are of the
 * sender's {@link System#nanoTime()}; the supervisor turns them into its own ({@link Offset}).
 */
sealed interface Report {

  /** The actor system listens at {@code address}, and the member has begun to join. */
  record Up(String address) implements Report {}

  /** The member belongs to the cluster: the others know it, and it knows them. */
  record Belongs() implements Report {}

  /** The member's metrics can be scraped at this port of its host. */
  record Scraped(int port) implements Report {}

  /** A port that was asked for is in use; the process ends. */
  record PortTaken(int port) implements Report {}

  /** The answer to {@link Order.Clock}. */
  record Clock(long asked, long nanos) implements Report {}

  /** The controller acts here from now on. */
  record Acting(long nanos) implements Report {}

  /** The controller decided something. */
  record Noted(long nanos, Note note) implements Report {}

  /** A fault struck here, and this process has the proof. */
  record Struck(long nanos, Strike strike) implements Report {}

  /** A worker did not act upon something. */
  record Refused(long nanos, String worker, String what, String reason) implements Report {}

  /** A worker measured a step. */
  record Measured(long nanos, StepMeasure measure) implements Report {}

  /** Something happened to the machine. */
  record Machine(long nanos, String kind, String what) implements Report {}

  /** How many workers the controller has. */
  record Members(int alive) implements Report {}

  /** The controller's verdict. */
  record Concluded(long nanos, Verdict verdict) implements Report {}

  /** A defect in Redoubt: the run cannot go on. */
  record Defect(String trace) implements Report {}

  /** {@link Order.Cut} is carried out. */
  record Deaf(long number) implements Report {}

  /** May I strike with this fault? Answered by {@link Order.Claimed}. */
  record Claim(long request, String fault) implements Report {}

  /** Strike with a claimed fault that is beyond this process. */
  record Wanted(String fault, long step) implements Report {}
}
