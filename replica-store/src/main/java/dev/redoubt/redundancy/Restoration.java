package dev.redoubt.redundancy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What a worker that takes over a place has to fetch, and from whom, until everything is held as
 * before.
 *
 * @param place that is taken over
 * @param fetches one for each piece that the place holds
 */
public record Restoration(Place place, List<Fetch> fetches) {

  public Restoration {
    fetches = List.copyOf(fetches);
  }

  /**
   * One piece.
   *
   * @param bytes that are read from others' memory or from disk
   */
  public record Fetch(Piece piece, Source source, long bytes) {}

  /**
   * Plans how {@code place} comes back.
   *
   * @param placement made by {@link Scheme#place}
   * @param lost all places whose memory is gone, {@code place} too
   * @throws IllegalArgumentException if the place is not lost
   */
  public static Restoration of(
      Scheme scheme, Placement placement, StateSize state, Set<Place> lost, Place place) {
    if (!lost.contains(place)) {
      throw new IllegalArgumentException(place + " is not lost");
    }
    List<Fetch> fetches = new ArrayList<>();
    for (Piece piece : placement.at(place)) {
      fetches.add(
          switch (piece) {
            case Piece.Own own -> shard(scheme, placement, state, lost, piece, own.shard());
            case Piece.Copy copy -> shard(scheme, placement, state, lost, piece, copy.shard());
            case Piece.ParityStripe sum -> parity(placement, state, lost, place, sum);
            case Piece.DiskFile _ -> new Fetch(piece, new Source.MadeAnew(), 0);
          });
    }
    return new Restoration(place, fetches);
  }

  private static Fetch shard(
      Scheme scheme,
      Placement placement,
      StateSize state,
      Set<Place> lost,
      Piece piece,
      ShardId shard) {
    Source source = scheme.source(placement, shard, lost);
    long bytes = state.bytes(shard.slice(), placement.slices());
    return switch (source) {
      case Source.Memory _, Source.Disk _ -> new Fetch(piece, source, bytes);
      case Source.Sum sum -> {
        int member = placement.groups().get(sum.group()).indexOf(ownerOf(shard));
        ParityStripes stripes = ParityStripes.of(placement, sum.group(), state);
        yield new Fetch(piece, source, stripes.restoreBytes(member));
      }
      case Source.MadeAnew _, Source.Gone _ -> new Fetch(piece, source, 0);
    };
  }

  /** Parity is only there where the pods share the state out: slice p is that of pod p. */
  private static Place ownerOf(ShardId shard) {
    return new Place(shard.slice(), shard.rank());
  }

  private static Fetch parity(
      Placement placement, StateSize state, Set<Place> lost, Place place, Piece.ParityStripe sum) {
    List<Place> others = new ArrayList<>(placement.groups().get(sum.group()));
    int member = others.indexOf(place);
    others.remove(place);
    for (Place other : others) {
      if (lost.contains(other)) {
        return new Fetch(sum, new Source.Gone(other + " is lost too"), 0);
      }
    }
    ParityStripes stripes = ParityStripes.of(placement, sum.group(), state);
    return new Fetch(sum, new Source.Sum(sum.group(), others), stripes.termBytes(member));
  }

  /** Bytes of all fetches. */
  public long bytes() {
    return fetches.stream().mapToLong(Fetch::bytes).sum();
  }

  /** Whether something does not come back. */
  public boolean incomplete() {
    return fetches.stream().anyMatch(fetch -> fetch.source() instanceof Source.Gone);
  }
}
