package dev.redoubt.redundancy;

import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Every so many steps each shard is written to disk, and after a loss everybody goes back to the
 * newest file: the baseline that everybody has today.
 *
 * <p>The pods are copies of each other as in {@link Replicas}, but nobody makes use of that. What a
 * loss costs is not bytes but steps: up to {@code 2 every - 1} are done again, as long as a file is
 * written before the next is due, since the newest one may not have been ready.
 *
 * <p>A disk of its own dies with the machine, or is at least out of reach; then only the disks of
 * the other pods help, where each worker writes. On a shared disk each shard is written once, by
 * pods in turn, and outlives everybody.
 *
 * @param every steps from one file to the next, at least 1
 * @param disk whose disk it is
 */
public record Checkpoint(int every, Disk disk) implements Scheme {

  /** Where the files are. */
  public enum Disk {
    /** On a disk of each worker's machine. */
    OWN,
    /** On a disk that all machines reach over the network, and that outlives them. */
    SHARED
  }

  public Checkpoint {
    if (every < 1) {
      throw new IllegalArgumentException(
          "a checkpoint is written every 1 step or more, not every " + every);
    }
  }

  @Override
  public String title() {
    return "checkpoint every %d, %s"
        .formatted(every, disk == Disk.OWN ? "own disks" : "shared disk");
  }

  @Override
  public Placement place(Shape mesh) {
    SortedMap<Place, List<Piece>> pieces = new TreeMap<>();
    for (Place place : mesh.places()) {
      ShardId shard = new ShardId(place.rank(), 0);
      Piece own = new Piece.Own(shard);
      pieces.put(
          place, writes(mesh, place) ? List.of(own, new Piece.DiskFile(shard)) : List.of(own));
    }
    return new Placement(mesh, 1, pieces, List.of());
  }

  private boolean writes(Shape mesh, Place place) {
    return disk == Disk.OWN || place.rank() % mesh.pods() == place.pod();
  }

  @Override
  public Source source(Placement placement, ShardId shard, Set<Place> lost) {
    int repeated = Math.multiplyExact(2, every) - 1;
    if (disk == Disk.SHARED) {
      return new Source.Disk(List.of(), repeated);
    }
    List<Place> disks = placement.living(shard, lost);
    return disks.isEmpty()
        ? new Source.Gone("rank %d of every pod is lost, with its disk".formatted(shard.rank()))
        : new Source.Disk(disks, repeated);
  }

  @Override
  public Survival survival(Shape mesh) {
    if (disk == Disk.SHARED) {
      return new Survival(mesh, Counts.all(mesh.seats()), Counts.all(mesh.pods()));
    }
    Counts column = Counts.notAll(mesh.pods());
    return new Survival(mesh, column.power(mesh.workersPerPod()), column);
  }

  @Override
  public Load load(Placement placement, Place place, StateSize state) {
    boolean writes = writes(placement.mesh(), place);
    long written = writes ? (state.rankBytes() + every - 1) / every : 0;
    long snapshot = writes ? state.rankBytes() : 0;
    long memory = state.keepVersions() * state.rankBytes() + snapshot;
    return new Load(memory, disk == Disk.SHARED ? written : 0, 0, written);
  }
}
