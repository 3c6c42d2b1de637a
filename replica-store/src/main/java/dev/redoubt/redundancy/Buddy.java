package dev.redoubt.redundancy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Each worker's shard is also in the memory of k neighbours; for states that are shared out over
 * the pods, where no other worker trains on the same shard.
 *
 * <p>Workers of one rank form groups over k + 1 neighbouring pods, and each member keeps the shards
 * of all; so copies never share a pod. Groups beat a ring in which everybody serves the next k,
 * since fewer sets of k + 1 losses are fatal (Wang et al., GEMINI, SOSP 2023). Where the pods do
 * not divide by k + 1 the last group is larger and is such a ring.
 *
 * <p>With k or fewer pods the copies have to share pods: they are spread as evenly as possible, and
 * the loss of a pod costs each shard as few copies as possible.
 *
 * @param copies k, without the owner's own, at least 1
 */
public record Buddy(int copies) implements Scheme {

  public Buddy {
    if (copies < 1) {
      throw new IllegalArgumentException("buddy keeps at least 1 copy, not " + copies);
    }
  }

  @Override
  public String title() {
    return copies == 1 ? "buddy, 1 copy" : "buddy, " + copies + " copies";
  }

  @Override
  public Placement place(Shape mesh) {
    SortedMap<Place, List<Piece>> pieces = new TreeMap<>();
    for (List<Place> ring : rings(mesh)) {
      for (int member = 0; member < ring.size(); member++) {
        List<Piece> held = new ArrayList<>(List.of(new Piece.Own(owned(ring.get(member)))));
        for (int back = 1; back <= copies; back++) {
          int owner = Math.floorMod(member - back, ring.size());
          held.add(new Piece.Copy(owned(ring.get(owner))));
        }
        pieces.put(ring.get(member), held);
      }
    }
    return new Placement(mesh, mesh.pods(), pieces, List.of());
  }

  private static ShardId owned(Place place) {
    return new ShardId(place.rank(), place.pod());
  }

  /** Groups of workers that keep each other's shards: of each, the next k have a copy. */
  private List<List<Place>> rings(Shape mesh) {
    List<Place> line = mesh.acrossPods();
    if (copies >= mesh.seats()) {
      throw new IllegalArgumentException(
          "%s needs %d workers with a rank, not %s".formatted(title(), copies + 1, mesh));
    }
    List<List<Place>> rings = new ArrayList<>();
    List<Integer> sizes = sizes(mesh);
    int from = 0;
    while (from < line.size()) {
      int size = sizes.get(rings.size() % sizes.size());
      rings.add(line.subList(from, from + size));
      from += size;
    }
    return rings;
  }

  /** The sizes of the groups of one rank; of all workers where there are too few pods. */
  private List<Integer> sizes(Shape mesh) {
    int group = copies + 1;
    if (group > mesh.pods()) {
      return List.of(mesh.seats() % group == 0 ? group : mesh.seats());
    }
    int groups = mesh.pods() / group;
    return IntStream.range(0, groups)
        .mapToObj(index -> index < groups - 1 ? group : group + mesh.pods() % group)
        .toList();
  }

  @Override
  public Source source(Placement placement, ShardId shard, Set<Place> lost) {
    List<Place> donors = placement.living(shard, lost);
    return donors.isEmpty()
        ? new Source.Gone("%s is lost with all of %s".formatted(shard, placement.holders(shard)))
        : new Source.Memory(donors);
  }

  @Override
  public Survival survival(Shape mesh) {
    Counts seats = Counts.all(0);
    for (List<Place> ring : rings(mesh)) {
      seats = seats.times(Counts.ring(ring.size(), copies + 1));
    }
    return new Survival(mesh, seats, pods(mesh));
  }

  private Counts pods(Shape mesh) {
    if (copies >= mesh.pods()) {
      return Counts.notAll(mesh.pods());
    }
    Counts pods = Counts.all(0);
    for (int size : sizes(mesh)) {
      pods = pods.times(Counts.ring(size, copies + 1));
    }
    return pods;
  }

  @Override
  public Load load(Placement placement, Place place, StateSize state) {
    long own = 0;
    long copied = 0;
    for (Piece piece : placement.at(place)) {
      switch (piece) {
        case Piece.Own held -> own += state.bytes(held.shard().slice(), placement.slices());
        case Piece.Copy held -> copied += state.bytes(held.shard().slice(), placement.slices());
        case Piece.ParityStripe _, Piece.DiskFile _ -> {}
      }
    }
    return new Load(state.keepVersions() * (own + copied), copies * own, copied, 0);
  }
}
