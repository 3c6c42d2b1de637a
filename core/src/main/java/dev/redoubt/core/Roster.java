package dev.redoubt.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Who is in the run, and who holds which rank.
 *
 * @param seats who holds which rank; every pod in it is complete
 * @param spares workers without a rank, in the order of their names
 * @param lost workers that are gone; they never come back
 */
record Roster(
    NavigableMap<Rank, WorkerId> seats,
    NavigableSet<WorkerId> spares,
    NavigableSet<WorkerId> lost) {

  static final Roster EMPTY = new Roster(new TreeMap<>(), new TreeSet<>(), new TreeSet<>());

  /**
   * What the loss of a worker led to.
   *
   * @param rank that it held; null for a spare
   * @param spare that took the rank; null if there was none
   * @param freed workers of a dissolved pod, spares now
   */
  record Change(Roster next, @Nullable Rank rank, @Nullable WorkerId spare, List<WorkerId> freed) {}

  /** A pod that is complete again, and who is in it, in the order of its ranks. */
  record Growth(Roster next, int pod, List<WorkerId> workers) {}

  Roster join(WorkerId worker) {
    Roster next = copy();
    if (!lost.contains(worker) && !seats.containsValue(worker)) {
      next.spares.add(worker);
    }
    return next;
  }

  /** Gives the ranks out in the order of the names. */
  Roster seat(Mesh mesh) {
    Roster next = copy();
    for (int pod = 0; pod < mesh.pods(); pod++) {
      for (int index = 0; index < mesh.workersPerPod(); index++) {
        WorkerId worker = next.spares.pollFirst();
        if (worker == null) {
          throw new IllegalStateException("fewer workers than ranks: " + this);
        }
        next.seats.put(new Rank(pod, index), worker);
      }
    }
    return next;
  }

  /**
   * Spares that make a pod complete again which was dissolved: the lowest such pod, the spares in
   * the order of their names.
   *
   * @return empty if no pod is missing, or there are fewer spares than a pod has ranks
   */
  Optional<Growth> grow(Mesh mesh) {
    if (spares.size() < mesh.workersPerPod()) {
      return Optional.empty();
    }
    return IntStream.range(0, mesh.pods())
        .filter(pod -> seats.keySet().stream().noneMatch(rank -> rank.pod() == pod))
        .mapToObj(pod -> fill(pod, mesh.workersPerPod()))
        .findFirst();
  }

  private Growth fill(int pod, int workers) {
    Roster next = copy();
    List<WorkerId> seated = new ArrayList<>();
    for (int index = 0; index < workers; index++) {
      WorkerId worker = next.spares.removeFirst();
      next.seats.put(new Rank(pod, index), worker);
      seated.add(worker);
    }
    return new Growth(next, pod, List.copyOf(seated));
  }

  boolean contains(WorkerId worker) {
    return seats.containsValue(worker) || spares.contains(worker);
  }

  Optional<Rank> rankOf(WorkerId worker) {
    return seats.entrySet().stream()
        .filter(seat -> seat.getValue().equals(worker))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /**
   * Who has a connection to {@code worker} in a step: the others of its pod, and who holds the same
   * shard in another. Of a spare: everybody with a rank, since any of them may be its donor.
   */
  List<WorkerId> neighbours(WorkerId worker) {
    Rank own = rankOf(worker).orElse(null);
    return seats.entrySet().stream()
        .filter(seat -> !seat.getValue().equals(worker))
        .filter(seat -> own == null || own.isNextTo(seat.getKey()))
        .map(Map.Entry::getValue)
        .toList();
  }

  /** A spare takes the rank of a lost worker; without a spare the pod is dissolved. */
  Change lose(WorkerId worker) {
    Roster next = copy();
    next.lost.add(worker);
    Rank rank = rankOf(worker).orElse(null);
    if (rank == null) {
      next.spares.remove(worker);
      return new Change(next, null, null, List.of());
    }
    WorkerId spare = next.spares.pollFirst();
    if (spare != null) {
      next.seats.put(rank, spare);
      return new Change(next, rank, spare, List.of());
    }
    List<WorkerId> freed = new ArrayList<>();
    seats.forEach(
        (seat, holder) -> {
          if (seat.pod() == rank.pod()) {
            next.seats.remove(seat);
            if (!holder.equals(worker)) {
              freed.add(holder);
            }
          }
        });
    next.spares.addAll(freed);
    return new Change(next, rank, null, List.copyOf(freed));
  }

  /** A spare is not in the run yet, and may be lost to it. */
  Roster without(WorkerId spare) {
    Roster next = copy();
    next.spares.remove(spare);
    return next;
  }

  Assignment assignment(long epoch, int microbatches) {
    List<Seat> list = new ArrayList<>();
    seats.forEach((rank, worker) -> list.add(new Seat(rank, worker)));
    return new Assignment(epoch, microbatches, list);
  }

  private Roster copy() {
    return new Roster(new TreeMap<>(seats), new TreeSet<>(spares), new TreeSet<>(lost));
  }
}
