package dev.redoubt.redundancy;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How many machines there are, and how they stand together: all that a scheme has to know of a
 * cluster.
 *
 * @param pods whole copies of the model, data parallel between each other
 * @param workersPerPod ranks of one pod, model parallel inside it
 * @param spares workers without a rank; they hold nothing until they take one over
 */
public record Shape(int pods, int workersPerPod, int spares) {

  public Shape {
    if (pods < 1 || workersPerPod < 1 || spares < 0) {
      throw new IllegalArgumentException(
          "a mesh has at least one pod and one worker in each, not pods=%d workersPerPod=%d spares=%d"
              .formatted(pods, workersPerPod, spares));
    }
  }

  /** Workers that have a rank. */
  public int seats() {
    return pods * workersPerPod;
  }

  /** All workers, spares included. */
  public int workers() {
    return seats() + spares;
  }

  /** All places, pod by pod. */
  public List<Place> places() {
    return IntStream.range(0, seats())
        .mapToObj(seat -> new Place(seat / workersPerPod, seat % workersPerPod))
        .toList();
  }

  /** All places, rank by rank: neighbours in it stand in different pods, if there are any. */
  List<Place> acrossPods() {
    return IntStream.range(0, seats())
        .mapToObj(seat -> new Place(seat % pods, seat / pods))
        .toList();
  }

  @Override
  public String toString() {
    return "%d pods of %d, %d spares".formatted(pods, workersPerPod, spares);
  }
}
