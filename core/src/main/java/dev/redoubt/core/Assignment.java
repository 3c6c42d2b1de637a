package dev.redoubt.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who holds which rank in one epoch, and so who computes which microbatches.
 *
 * <p>The share of each pod is a pure function of the live pods: contiguous ranges of nearly equal
 * size in the order of the pods, each cut into whole nodes of the microbatch tree.
 *
 * @param epoch the only epoch in which it holds
 * @param microbatches in a step
 * @param seats in the order of the ranks; every live pod is complete
 */
public record Assignment(long epoch, int microbatches, List<Seat> seats) {

  public Assignment {
    seats = List.copyOf(seats);
  }

  /** The live pods in ascending order. */
  public List<Integer> pods() {
    return seats.stream().map(seat -> seat.rank().pod()).distinct().sorted().toList();
  }

  public List<WorkerId> workers() {
    return seats.stream().map(Seat::worker).toList();
  }

  public Optional<Rank> rankOf(WorkerId worker) {
    return seats.stream().filter(seat -> seat.worker().equals(worker)).map(Seat::rank).findFirst();
  }

  /** Who holds a rank. */
  public Optional<WorkerId> at(Rank rank) {
    return seats.stream().filter(seat -> seat.rank().equals(rank)).map(Seat::worker).findFirst();
  }

  /** The nodes of the microbatch tree that {@code pod} computes; empty if it is not live. */
  public List<Span> spans(int pod) {
    List<Integer> pods = pods();
    int place = pods.indexOf(pod);
    if (place < 0) {
      return List.of();
    }
    int low = (int) ((long) place * microbatches / pods.size());
    int high = (int) ((place + 1L) * microbatches / pods.size());
    return Span.root(microbatches).cover(low, high);
  }

  /** All nodes that are computed somewhere: together every microbatch once. */
  public List<Span> spans() {
    List<Span> all = new ArrayList<>();
    pods().forEach(pod -> all.addAll(spans(pod)));
    return List.copyOf(all);
  }

  /** The workers of the other pods that hold the same shard as {@code worker}. */
  public List<WorkerId> peersOf(WorkerId worker) {
    Rank own =
        rankOf(worker)
            .orElseThrow(() -> new IllegalArgumentException(worker + " has no rank in " + this));
    return seats.stream()
        .filter(seat -> seat.rank().index() == own.index() && seat.rank().pod() != own.pod())
        .map(Seat::worker)
        .toList();
  }
}
