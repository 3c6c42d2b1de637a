package dev.redoubt.node;

import dev.redoubt.fault.Partition;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A network that is cut, by what each member has to drop. Tensors can be cut one way. Control
 * messages cannot, in the hook that Akka has: between the two sides they are cut both ways,
 * whatever the direction. For the membership there is no difference, since a heartbeat wants an
 * answer.
 *
 * @param apart for each member the others with whom it exchanges no control messages
 * @param deafTo for each member those whose tensors do not reach it
 */
public record Cut(Map<String, Set<String>> apart, Map<String, Set<String>> deafTo) {

  /** No cut. */
  public static final Cut NONE = new Cut(Map.of(), Map.of());

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
    Map<String, Set<String>> apart = new HashMap<>();
    Map<String, Set<String>> deafTo = new HashMap<>();
    for (String member : members) {
      boolean inside = side.contains(member);
      Set<String> beyond = inside ? others : side;
      Partition.Direction own = inside ? Partition.Direction.IN : Partition.Direction.OUT;
      boolean deaf = fault.direction() == Partition.Direction.BOTH || fault.direction() == own;
      apart.put(member, beyond);
      deafTo.put(member, deaf ? beyond : Set.of());
    }
    return new Cut(Map.copyOf(apart), Map.copyOf(deafTo));
  }

  /** Those that {@code member} exchanges no control messages with. */
  public Set<String> apart(String member) {
    return apart.getOrDefault(member, Set.of());
  }

  /** Those whose tensors do not reach {@code member}. */
  public Set<String> deafTo(String member) {
    return deafTo.getOrDefault(member, Set.of());
  }

  /** What is so, for people. */
  public String evidence() {
    return deafTo.keySet().stream()
        .filter(member -> !deafTo(member).isEmpty())
        .sorted()
        .map(member -> member + " hears nothing of " + new TreeSet<>(deafTo(member)))
        .collect(Collectors.joining("; "));
  }
}
