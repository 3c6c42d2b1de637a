package dev.redoubt.cli.run;

import dev.redoubt.cli.scenario.Scenario;
import dev.redoubt.cli.scenario.Scheme;
import dev.redoubt.core.Buddies;
import dev.redoubt.redundancy.Buddy;
import dev.redoubt.redundancy.Piece;
import dev.redoubt.redundancy.Place;
import dev.redoubt.redundancy.Placement;
import dev.redoubt.redundancy.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Who keeps what of whose shard: the scheme's placement on one pod, the same in each pod of a run.
 * In a parity group of one pod each rank is a member.
 */
final class BuddyPlacement {

  private BuddyPlacement() {}

  static Buddies of(Scenario scenario) {
    int copies = scenario.redundancy().copies();
    int ranks = scenario.cluster().workersPerPod();
    if (scenario.redundancy().scheme() == Scheme.PARITY) {
      return Buddies.sums(ranks);
    }
    if (copies == 0) {
      return Buddies.NONE;
    }
    Placement placement = new Buddy(copies).place(new Shape(1, ranks, 0));
    List<List<Integer>> wards = new ArrayList<>();
    for (int rank = 0; rank < ranks; rank++) {
      List<Integer> kept = new ArrayList<>();
      for (Piece piece : placement.at(new Place(0, rank))) {
        if (piece instanceof Piece.Copy copy) {
          kept.add(copy.shard().rank());
        }
      }
      wards.add(kept);
    }
    return new Buddies(wards);
  }
}
