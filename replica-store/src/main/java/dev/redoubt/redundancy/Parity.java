package dev.redoubt.redundancy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Groups of g + 1 workers keep the sum of their shards, so that any one of a group that is lost can
 * be computed from the others: for states that are shared out over the pods.
 *
 * <p>A shard is cut into g stripes, one for each other member; a member keeps, beside its own
 * shard, the exclusive or of the stripes that the others cut for it ({@link ParityStripes}). So a
 * group of g + 1 shards has g + 1 sums, each the size of a g-th of a shard and each of g stripes
 * and no more: all workers hold, send and receive the same. One whole parity shard on one worker
 * was rejected: it makes that worker the bottleneck of each step (Patterson, Gibson and Katz 1988).
 *
 * <p>Members of a group have the same rank in different pods. Where there are fewer than g + 1 pods
 * the group takes in further ranks, and the loss of a pod may be fatal. Groups are of nearly equal
 * size and no larger than g + 1, but for one of three members when pairs do not come out even.
 *
 * @param shards g, how many stripes one sum stands for, at least 1
 */
public record Parity(int shards) implements Scheme {

  public Parity {
    if (shards < 1) {
      throw new IllegalArgumentException("parity is over at least 1 shard, not " + shards);
    }
  }

  @Override
  public String title() {
    return shards == 1 ? "parity over 1 shard" : "parity over " + shards + " shards";
  }

  @Override
  public Placement place(Shape mesh) {
    List<List<Place>> groups = groups(mesh);
    SortedMap<Place, List<Piece>> pieces = new TreeMap<>();
    for (int group = 0; group < groups.size(); group++) {
      for (Place place : groups.get(group)) {
        ShardId own = new ShardId(place.rank(), place.pod());
        pieces.put(place, List.of(new Piece.Own(own), new Piece.ParityStripe(group)));
      }
    }
    return new Placement(mesh, mesh.pods(), pieces, groups);
  }

  private List<List<Place>> groups(Shape mesh) {
    if (mesh.seats() < 2) {
      throw new IllegalArgumentException(
          "%s needs 2 workers with a rank, not %s".formatted(title(), mesh));
    }
    List<Place> line = mesh.acrossPods();
    int columns = fitsPods(mesh) ? mesh.workersPerPod() : 1;
    List<Integer> sizes = sizes(line.size() / columns);
    List<List<Place>> groups = new ArrayList<>();
    int from = 0;
    while (from < line.size()) {
      int size = sizes.get(groups.size() % sizes.size());
      groups.add(line.subList(from, from + size));
      from += size;
    }
    return groups;
  }

  private boolean fitsPods(Shape mesh) {
    return shards + 1 <= mesh.pods();
  }

  /** Cuts a line into groups of at least 2 and, if that goes, at most g + 1. */
  private List<Integer> sizes(int line) {
    int group = shards + 1;
    int count = Math.max(1, Math.min((line + group - 1) / group, line / 2));
    return IntStream.range(0, count)
        .mapToObj(index -> (int) ((index + 1L) * line / count - (long) index * line / count))
        .toList();
  }

  @Override
  public Source source(Placement placement, ShardId shard, Set<Place> lost) {
    List<Place> donors = placement.living(shard, lost);
    if (!donors.isEmpty()) {
      return new Source.Memory(donors);
    }
    Place owner = new Place(shard.slice(), shard.rank());
    int group = placement.groupOf(owner).orElseThrow();
    List<Place> others = new ArrayList<>(placement.groups().get(group));
    others.remove(owner);
    Optional<Place> second = others.stream().filter(lost::contains).findFirst();
    return second.isPresent()
        ? new Source.Gone("%s and %s of one parity group are lost".formatted(owner, second.get()))
        : new Source.Sum(group, others);
  }

  @Override
  public Survival survival(Shape mesh) {
    Counts seats = Counts.all(0);
    for (List<Place> group : groups(mesh)) {
      seats = seats.times(Counts.atMostOne(group.size()));
    }
    return new Survival(mesh, seats, pods(mesh));
  }

  private Counts pods(Shape mesh) {
    if (fitsPods(mesh)) {
      Counts pods = Counts.all(0);
      for (int size : sizes(mesh.pods())) {
        pods = pods.times(Counts.atMostOne(size));
      }
      return pods;
    }
    // Each group has members in all pods, so two pods are always too many; one is, if it has two.
    List<List<Place>> groups = groups(mesh);
    long harmless =
        IntStream.range(0, mesh.pods())
            .filter(pod -> groups.stream().allMatch(group -> members(group, pod) <= 1))
            .count();
    return Counts.atMostOne(Math.toIntExact(harmless));
  }

  private static long members(List<Place> group, int pod) {
    return group.stream().filter(place -> place.pod() == pod).count();
  }

  @Override
  public Load load(Placement placement, Place place, StateSize state) {
    int group = placement.groupOf(place).orElseThrow();
    int member = placement.groups().get(group).indexOf(place);
    ParityStripes stripes = ParityStripes.of(placement, group, state);
    long own = state.bytes(place.pod(), placement.slices());
    long held = own + stripes.parityBytes(member);
    return new Load(state.keepVersions() * held, own, stripes.termBytes(member), 0);
  }
}
