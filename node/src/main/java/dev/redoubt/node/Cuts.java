package dev.redoubt.node;

import dev.redoubt.fault.Partition;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The cuts of a network that hold at one time; there may be several. What each member has to drop
 * is asked for anew whenever a cut is made or healed, or a machine comes: it is on the far side of
 * all.
 */
public final class Cuts {

  private record Line(Set<String> side, Partition.Direction direction, boolean tensors) {

    Cut among(Set<String> members) {
      Cut cut = Cut.of(side, direction, members);
      return tensors ? cut : new Cut(cut.apart(), Map.of());
    }
  }

  private final Map<String, Line> lines = new LinkedHashMap<>();

  /**
   * Cuts some members off from all others, those that are to come included.
   *
   * @param id of the fault
   * @param side those that are cut off
   */
  public synchronized void cut(String id, Set<String> side, Partition.Direction direction) {
    lines.put(id, new Line(Set.copyOf(side), direction, true));
  }

  /** One member exchanges no control messages with anybody: what it is sent of tensors waits. */
  public synchronized void silence(String id, String name) {
    lines.put(id, new Line(Set.of(name), Partition.Direction.BOTH, false));
  }

  /** One of the cuts is no more. Returns whether there was one. */
  public synchronized boolean heal(String id) {
    return lines.remove(id) != null;
  }

  /** Whether any holds now. */
  public synchronized boolean any() {
    return !lines.isEmpty();
  }

  /** What that means for these members. */
  public synchronized Cut among(Set<String> members) {
    Cut all = Cut.NONE;
    for (Line line : lines.values()) {
      all = all.and(line.among(members));
    }
    return all;
  }
}
