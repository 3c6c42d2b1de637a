package dev.redoubt.redundancy;

import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The pods are each other's copies: every pod holds every shard once, because it trains on it.
 *
 * <p>Nothing is kept and nothing is sent for safety's sake. It survives any loss that leaves of
 * each rank one worker alive in some pod. Its price is that no pod saves memory: the state is not
 * shared out over the pods.
 */
public record Replicas() implements Scheme {

  @Override
  public String title() {
    return "replicas";
  }

  @Override
  public Placement place(Shape mesh) {
    SortedMap<Place, List<Piece>> pieces = new TreeMap<>();
    for (Place place : mesh.places()) {
      pieces.put(place, List.of(new Piece.Own(new ShardId(place.rank(), 0))));
    }
    return new Placement(mesh, 1, pieces, List.of());
  }

  @Override
  public Source source(Placement placement, ShardId shard, Set<Place> lost) {
    List<Place> donors = placement.living(shard, lost);
    return donors.isEmpty()
        ? new Source.Gone("rank %d of every pod is lost".formatted(shard.rank()))
        : new Source.Memory(donors);
  }

  @Override
  public Survival survival(Shape mesh) {
    Counts column = Counts.notAll(mesh.pods());
    return new Survival(mesh, column.power(mesh.workersPerPod()), column);
  }

  @Override
  public Load load(Placement placement, Place place, StateSize state) {
    return new Load(state.keepVersions() * state.rankBytes(), 0, 0, 0);
  }
}
