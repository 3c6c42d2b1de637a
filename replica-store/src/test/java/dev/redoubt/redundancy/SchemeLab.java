package dev.redoubt.redundancy;

import dev.redoubt.redundancy.Restoration.Fetch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of nothing but memory: every place holds the bytes of its pieces, losses take them
 * away, and restorations bring them back by what they say and nothing else.
 */
final class SchemeLab {

  private final Arena arena;
  private final Scheme scheme;
  private final StateSize state;
  private final Placement placement;
  private final Map<ShardId, MemorySegment> pristine = new HashMap<>();
  private final Map<Place, Map<Piece, MemorySegment>> memory = new HashMap<>();
  private long fetched;

  SchemeLab(Arena arena, Scheme scheme, Shape mesh, StateSize state, long seed) {
    this.arena = arena;
    this.scheme = scheme;
    this.state = state;
    this.placement = scheme.place(mesh);
    SplittableRandom random = new SplittableRandom(seed);
    for (ShardId shard : placement.shards()) {
      MemorySegment bytes = arena.allocate(state.bytes(shard.slice(), placement.slices()), 8);
      for (long at = 0; at < bytes.byteSize(); at += Long.BYTES) {
        bytes.set(ValueLayout.JAVA_LONG, at, random.nextLong());
      }
      pristine.put(shard, bytes);
    }
    for (Place place : mesh.places()) {
      Map<Piece, MemorySegment> held = new HashMap<>();
      placement.at(place).forEach(piece -> held.put(piece, make(place, piece)));
      memory.put(place, held);
    }
  }

  Placement placement() {
    return placement;
  }

  long fetched() {
    return fetched;
  }

  /** What a piece is when nothing is broken. */
  private MemorySegment make(Place place, Piece piece) {
    return switch (piece) {
      case Piece.Own own -> copy(pristine(own.shard()));
      case Piece.Copy held -> copy(pristine(held.shard()));
      case Piece.DiskFile file -> copy(pristine(file.shard()));
      case Piece.ParityStripe sum -> {
        int holder = placement.groups().get(sum.group()).indexOf(place);
        ParityStripes stripes = ParityStripes.of(placement, sum.group(), state);
        MemorySegment parity = arena.allocate(stripes.parityBytes(holder), 8);
        List<Place> members = placement.groups().get(sum.group());
        stripes.encode(holder, i -> pristine(placement.owned(members.get(i))), parity);
        yield parity;
      }
    };
  }

  private MemorySegment pristine(ShardId shard) {
    MemorySegment bytes = pristine.get(shard);
    if (bytes == null) {
      throw new AssertionError("no " + shard);
    }
    return bytes;
  }

  private MemorySegment copy(MemorySegment bytes) {
    return arena.allocate(bytes.byteSize(), 8).copyFrom(bytes);
  }

  /** Takes the memory of all of them away, then brings back what can be brought back. */
  Set<Piece> loseAndRestore(Set<Place> lost) {
    lost.forEach(memory::remove);
    Map<Place, Map<Piece, MemorySegment>> restored = new HashMap<>();
    Set<Piece> gone = new HashSet<>();
    for (Place place : lost) {
      Map<Piece, MemorySegment> held = new HashMap<>();
      for (Fetch fetch : Restoration.of(scheme, placement, state, lost, place).fetches()) {
        MemorySegment bytes = fetch(place, fetch);
        if (bytes == null) {
          gone.add(fetch.piece());
        } else {
          held.put(fetch.piece(), bytes);
        }
      }
      restored.put(place, held);
    }
    memory.putAll(restored);
    return gone;
  }

  private @Nullable MemorySegment fetch(Place place, Fetch fetch) {
    fetched += fetch.bytes();
    return switch (fetch.source()) {
      case Source.Memory from -> copy(shardAt(from.donors().getLast(), fetch.piece()));
      case Source.Sum sum -> sum(place, fetch.piece(), sum);
      case Source.Disk disk ->
          disk.disks().isEmpty()
              ? make(place, fetch.piece())
              : copy(at(disk.disks().getFirst(), new Piece.DiskFile(placement.owned(place))));
      case Source.MadeAnew _ -> make(place, fetch.piece());
      case Source.Gone _ -> null;
    };
  }

  private MemorySegment sum(Place place, Piece piece, Source.Sum sum) {
    List<Place> members = placement.groups().get(sum.group());
    ParityStripes stripes = ParityStripes.of(placement, sum.group(), state);
    int member = members.indexOf(place);
    if (piece instanceof Piece.ParityStripe) {
      MemorySegment parity = arena.allocate(stripes.parityBytes(member), 8);
      stripes.encode(member, i -> own(term(sum, members.get(i))), parity);
      return parity;
    }
    MemorySegment shard = arena.allocate(pristine(placement.owned(place)).byteSize(), 8);
    stripes.restore(
        member,
        i -> own(term(sum, members.get(i))),
        i -> at(term(sum, members.get(i)), new Piece.ParityStripe(sum.group())),
        shard);
    return shard;
  }

  private static Place term(Source.Sum sum, Place place) {
    if (!sum.terms().contains(place)) {
      throw new AssertionError(place + " is not one of " + sum.terms());
    }
    return place;
  }

  private MemorySegment own(Place place) {
    return at(place, new Piece.Own(placement.owned(place)));
  }

  /** A donor may have the shard as its own or as a copy. */
  private MemorySegment shardAt(Place donor, Piece piece) {
    ShardId shard =
        switch (piece) {
          case Piece.Own own -> own.shard();
          case Piece.Copy held -> held.shard();
          case Piece.ParityStripe _, Piece.DiskFile _ -> throw new AssertionError(piece);
        };
    boolean owner = placement.owned(donor).equals(shard);
    return at(donor, owner ? new Piece.Own(shard) : new Piece.Copy(shard));
  }

  private MemorySegment at(Place place, Piece piece) {
    MemorySegment bytes = memory.getOrDefault(place, Map.of()).get(piece);
    if (bytes == null) {
      throw new AssertionError(place + " does not have " + piece);
    }
    return bytes;
  }

  /** What is not held where it should be, or not with the bits that it should have. */
  List<String> wrong() {
    List<String> wrong = new ArrayList<>();
    for (Place place : placement.mesh().places()) {
      for (Piece piece : placement.at(place)) {
        MemorySegment held = memory.getOrDefault(place, Map.of()).get(piece);
        if (held == null || held.mismatch(make(place, piece)) != -1) {
          wrong.add(place + " " + piece);
        }
      }
    }
    return wrong;
  }
}
