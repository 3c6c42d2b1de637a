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

  /** Those of the members that a fault cuts off, as places are held now. */
  public static Set<String> side(Partition fault, Set<String> members, Whereabouts whereabouts) {
    return fault.side().stream()
        .map(whereabouts::holder)
        .filter(name -> name != null && members.contains(name))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * One cut between {@code side} and the rest.
   *
   * @param members all that live
   */
  public static Cut of(Set<String> side, Partition.Direction direction, Set<String> members) {
    Set<String> others = new HashSet<>(members);
    others.removeAll(side);
    Map<String, Set<String>> apart = new HashMap<>();
    Map<String, Set<String>> deafTo = new HashMap<>();
    for (String member : members) {
      boolean inside = side.contains(member);
      Set<String> beyond = inside ? others : side;
      Partition.Direction own = inside ? Partition.Direction.IN : Partition.Direction.OUT;
      boolean deaf = direction == Partition.Direction.BOTH || direction == own;
      apart.put(member, beyond);
      deafTo.put(member, deaf ? beyond : Set.of());
    }
    return new Cut(Map.copyOf(apart), Map.copyOf(deafTo));
  }

  /** Both at once. */
  Cut and(Cut other) {
    return new Cut(union(apart, other.apart), union(deafTo, other.deafTo));
  }

  private static Map<String, Set<String>> union(
      Map<String, Set<String>> left, Map<String, Set<String>> right) {
    Map<String, Set<String>> all = new HashMap<>(left);
    right.forEach(
        (member, names) ->
            all.merge(
                member,
                names,
                (some, more) -> {
                  Set<String> both = new TreeSet<>(some);
                  both.addAll(more);
                  return both;
                }));
    return Map.copyOf(all);
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
