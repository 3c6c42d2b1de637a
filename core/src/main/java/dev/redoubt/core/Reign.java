package dev.redoubt.core;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a controller that can be replaced remembers of its own standing.
 *
 * @param after the epoch before the present one, in the order of the run
 * @param serial of the last memory that it wrote
 * @param memory the last that it wrote; null if none
 * @param before the workers whose majority decides until the present epoch is in force
 * @param electors the workers whose majority decides from then on
 * @param heard who has answered in the present phase
 * @param down whom the cluster's membership has removed for good
 * @param dismissals who is to leave, and why, once the epoch without it is in force
 * @param waiting the last reason to wait that was said; empty if there is none
 */
record Reign(
    long after,
    long serial,
    @Nullable Memory memory,
    Set<WorkerId> before,
    Set<WorkerId> electors,
    Set<WorkerId> heard,
    Set<WorkerId> down,
    Map<WorkerId, String> dismissals,
    String waiting) {

  static final Reign NONE =
      new Reign(0, 0, null, Set.of(), Set.of(), Set.of(), Set.of(), Map.of(), "");

  Reign {
    before = Sorted.set(before);
    electors = Sorted.set(electors);
    heard = Sorted.set(heard);
    down = Sorted.set(down);
    dismissals = Sorted.map(dismissals);
  }
}
