package dev.redoubt.node.process;

import dev.redoubt.fault.Fault;
import java.util.Set;

/**
 * What the supervisor says to a member's process, a JSON object on a line each. The end of the
 * stream means that the supervisor is gone, and ends the process.
 */
sealed interface Order {

  /** What does your clock say? Answered by {@link Report.Clock}. */
  record Clock(long asked) implements Order {}

  /** The fault that was {@link Report.Wanted} has struck: go on, if you still can. */
  record Proceed(String fault) implements Order {}

  /** A fault was asked for, and is in the plan from now on; may be said again. */
  record Ask(Fault fault) implements Order {}

  /** The answer to {@link Report.Claim}. */
  record Claimed(long request, boolean granted) implements Order {}

  /**
   * The network is cut like this from now on; answered by {@link Report.Deaf}.
   *
   * @param number of the order
   * @param apart addresses of those with whom no control messages are exchanged
   * @param deafTo names of those whose tensors do not arrive
   */
  record Cut(long number, Set<String> apart, Set<String> deafTo) implements Order {}

  /** Use up your memory, until you end of it. */
  record Exhaust() implements Order {}

  /** The run is over: end in order. */
  record End() implements Order {}
}
