package dev.redoubt.core;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether enough workers stand behind a controller: a majority of those that decided before, and
 * one of those that decide from now on (the joint majorities of Raft, Ongaro 2014, section 4.3). So
 * any two controllers have a worker in common that refuses the older one.
 */
final class Quorum {

  private Quorum() {}

  static boolean reached(Turn turn, Collection<WorkerId> heard) {
    return !turn.replaceable()
        || (majority(turn, heard, turn.before) && majority(turn, heard, turn.electors));
  }

  /** Who has answered in the present phase. */
  static boolean reached(Turn turn) {
    return reached(turn, turn.heard);
  }

  /** Whether those that are left when {@code gone} is gone can still decide. */
  static boolean withoutAll(Turn turn, Collection<WorkerId> gone) {
    Set<WorkerId> left = new TreeSet<>(turn.roster.seats().values());
    left.addAll(turn.roster.spares());
    left.removeAll(gone);
    return reached(turn, left);
  }

  private static boolean majority(
      Turn turn, Collection<WorkerId> heard, Collection<WorkerId> electors) {
    Set<WorkerId> counted = new TreeSet<>(electors);
    if (turn.config.succession() == ProtocolConfig.Succession.MAJORITY_OF_LIVING) {
      counted.removeAll(turn.down);
    }
    long yes = counted.stream().filter(heard::contains).count();
    return counted.isEmpty() || 2 * yes > counted.size();
  }
}
