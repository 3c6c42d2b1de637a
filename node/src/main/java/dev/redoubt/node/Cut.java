package dev.redoubt.node;

import dev.redoubt.fault.Partition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A network that is cut, by who hears nothing of whom: each member drops what it must not hear, so
 * that nothing else has to know of the cut.
 *
 * @param side those that are cut off
 * @param deafTo for each member whom it does not hear
 */
public record Cut(Set<String> side, Map<String, Set<String>> deafTo) {

  /**
   * What a fault does to these members.
   *
   * @param members all that live
   */
  public static Cut of(Partition fault, Set<String> members, Whereabouts whereabouts) {
    Set<String> side =
        fault.side().stream()
            .map(whereabouts::holder)
            .filter(name -> name != null && members.contains(name))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> others = new HashSet<>(members);
    others.removeAll(side);
    Map<String, Set<String>> deafTo = new HashMap<>();
    for (String member : members) {
      boolean inside = side.contains(member);
      Partition.Direction whole = Partition.Direction.BOTH;
      Partition.Direction own = inside ? Partition.Direction.IN : Partition.Direction.OUT;
      boolean deaf = fault.direction() == whole || fault.direction() == own;
      deafTo.put(member, deaf ? (inside ? others : side) : Set.of());
    }
    return new Cut(side, Map.copyOf(deafTo));
  }

  /** What is so, for people. */
  public String evidence() {
    return deafTo.keySet().stream()
        .filter(member -> !deafTo.getOrDefault(member, Set.of()).isEmpty())
        .sorted()
        .map(member -> member + " hears nothing of " + new TreeSet<>(deafTo.get(member)))
        .collect(Collectors.joining("; "));
  }
}
