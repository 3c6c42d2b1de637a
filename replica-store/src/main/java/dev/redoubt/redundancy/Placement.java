package dev.redoubt.redundancy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Who holds what, as long as nothing is lost. */
public final class Placement {

  private final Shape mesh;
  private final int slices;
  private final SortedMap<Place, List<Piece>> pieces;
  private final List<List<Place>> groups;
  private final Map<ShardId, List<Place>> holders = new HashMap<>();
  private final Map<Place, Integer> groupOf = new HashMap<>();

  /**
   * Takes over what a scheme has decided.
   *
   * @param slices into how many slices a rank's part of the state is cut: the number of pods where
   *     they share it out, 1 where each has it whole
   * @param pieces of each place
   * @param groups the members of each parity group
   */
  Placement(
      Shape mesh, int slices, SortedMap<Place, List<Piece>> pieces, List<List<Place>> groups) {
    this.mesh = mesh;
    this.slices = slices;
    SortedMap<Place, List<Piece>> copy = new TreeMap<>();
    pieces.forEach((place, held) -> copy.put(place, List.copyOf(held)));
    this.pieces = Collections.unmodifiableSortedMap(copy);
    this.groups = groups.stream().map(List::copyOf).toList();
    copy.forEach((place, held) -> held.forEach(piece -> note(place, piece)));
    for (int group = 0; group < groups.size(); group++) {
      for (Place member : groups.get(group)) {
        groupOf.put(member, group);
      }
    }
  }

  private void note(Place place, Piece piece) {
    switch (piece) {
      case Piece.Own own -> note(place, own.shard());
      case Piece.Copy held -> note(place, held.shard());
      case Piece.ParityStripe _, Piece.DiskFile _ -> {}
    }
  }

  private void note(Place place, ShardId shard) {
    holders.computeIfAbsent(shard, _ -> new ArrayList<>()).add(place);
  }

  /** The mesh that it is for. */
  public Shape mesh() {
    return mesh;
  }

  /**
   * Into how many slices a rank's part of the state is cut: the number of pods where they share it
   * out, 1 where each pod has it whole.
   */
  public int slices() {
    return slices;
  }

  /**
   * The members of each parity group, in the order of their stripes; empty where there is no
   * parity.
   */
  public List<List<Place>> groups() {
    return groups;
  }

  /** All shards, rank by rank. */
  public List<ShardId> shards() {
    return IntStream.range(0, mesh.workersPerPod() * slices)
        .mapToObj(index -> new ShardId(index / slices, index % slices))
        .toList();
  }

  /** The shard that a place trains on. */
  public ShardId owned(Place place) {
    return new ShardId(place.rank(), slices == 1 ? 0 : place.pod());
  }

  /** What a place holds, its own shard first. */
  public List<Piece> at(Place place) {
    return pieces.getOrDefault(place, List.of());
  }

  /** Everybody who has the shard whole in memory, as one who trains on it or as a copy. */
  public List<Place> holders(ShardId shard) {
    return Collections.unmodifiableList(holders.getOrDefault(shard, List.of()));
  }

  /** The parity group of a place, as an index; empty where there is no parity. */
  public Optional<Integer> groupOf(Place place) {
    return Optional.ofNullable(groupOf.get(place));
  }

  /** Holders of a shard that are not lost. */
  List<Place> living(ShardId shard, Set<Place> lost) {
    return holders(shard).stream().filter(place -> !lost.contains(place)).toList();
  }
}
